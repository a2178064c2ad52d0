using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Projecting;

/// <summary>Keeps the projection of the access record; every process of the processors looks, one of them works on it.</summary>
internal sealed partial class ProjectionService(ActivityKeeper keeper, ProjectionMetrics metrics, ProcessorStart start, TimeProvider time, ILogger<ProjectionService> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Tell(await keeper.LookAsync(stoppingToken));
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested && BlockCarrier.IsOfStore(failure))
            {
                LogWaits(failure.GetType().Name);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name, failure.StackTrace ?? "");
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await keeper.DisposeAsync();
    }

    private void Tell(ActivityLook look)
    {
        metrics.Seen(look.Generations);
        if (look.Switched is { } generation)
            LogSwitched(generation);
        if (look.Failure is { } failure)
            LogWaits(failure);
    }

    [LoggerMessage(LogLevel.Information, "generation {Generation} of the access record's projection answers")]
    private partial void LogSwitched(int generation);

    [LoggerMessage(LogLevel.Warning, "the access record's projection waits for a store ({Failure})")]
    private partial void LogWaits(string failure);

    [LoggerMessage(LogLevel.Error, "the access record's projection does not get on: {Failure} at {Place}")]
    private partial void LogFailed(string failure, string place);
}

/// <summary>Composition of the projection.</summary>
public static class ProjectingServices
{
    /// <summary>Adds the service that keeps the projection of the access record. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddProjecting(this IServiceCollection services) =>
        services.AddSingleton<ActivityKeeper>().AddSingleton<ProjectionMetrics>().AddHostedService<ProjectionService>();
}
