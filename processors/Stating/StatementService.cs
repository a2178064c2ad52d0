using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Stating;

/// <summary>Looks each second for what portals said of members, and puts it on the access record.</summary>
internal sealed partial class StatementService(MemberStatements statements, ProcessorStart start, TimeProvider time, ILogger<StatementService> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var taken = default(StatementsTaken);
            try
            {
                taken = await statements.TakeAsync(stoppingToken);
                if (taken.Lost > 0)
                    LogLost(taken.Lost);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested && BlockCarrier.IsOfStore(failure))
            {
                LogWaits(failure.GetType().Name);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name, failure.StackTrace ?? "");
            }

            if (taken.Recorded + taken.Lost < MemberStatements.Most)
                await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Statements} statements of portals about members did not come to the access record before their key ended; what they say is in force")]
    private partial void LogLost(int statements);

    [LoggerMessage(LogLevel.Warning, "statements about members wait for a store ({Failure})")]
    private partial void LogWaits(string failure);

    [LoggerMessage(LogLevel.Error, "statements about members do not come to the access record: {Failure} at {Place}")]
    private partial void LogFailed(string failure, string place);
}

/// <summary>Composition of statements.</summary>
public static class StatingServices
{
    /// <summary>Adds the service that records statements. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddStating(this IServiceCollection services) => services.AddSingleton<MemberStatements>().AddHostedService<StatementService>();
}
