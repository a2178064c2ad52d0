using KpTelemetry.Platform.Kafka;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>Takes up what is asked for, and goes on with what a process before it had begun.</summary>
internal sealed partial class RebuildService(
    RebuildLedger ledger, ProcessorStart start, Func<TopicIdentity, Rebuilder> rebuilders, TimeProvider time, ILogger<RebuildService> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var topic = await start.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(topic, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested && BlockCarrier.IsOfStore(failure))
            {
                LogAway(failure.GetType().Name);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(TopicIdentity topic, CancellationToken stop)
    {
        if (await ledger.NextAsync(stop) is null)
            return;
        await using var alone = await ledger.TryAloneAsync(stop);
        if (alone is null)
            return;
        try
        {
            // Asked again: another may have ended it meanwhile.
            if (await ledger.NextAsync(stop) is { } rebuild)
                await RunAsync(rebuilders(topic), rebuild, stop);
        }
        finally
        {
            await RebuildLedger.LeaveAsync(alone);
        }
    }

    private async Task RunAsync(Rebuilder rebuilder, Rebuild rebuild, CancellationToken stop)
    {
        try
        {
            rebuild = await rebuilder.TakeUpAsync(rebuild, stop);
            LogBegun(rebuild.Generation);
            await rebuilder.RunAsync(rebuild, stop);
            LogDone(rebuild.Generation);
        }
        catch (RebuildFailedException failure)
        {
            LogFailed(rebuild.Generation, failure.Message);
            await ledger.EndAsync(rebuild, failure.Message, stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested && !BlockCarrier.IsOfStore(failure))
        {
            LogBroken(rebuild.Generation, failure.GetType().Name, failure.StackTrace ?? "");
            await ledger.EndAsync(rebuild, "it met a fault of the program; the processors' log tells where", stop);
        }
    }

    [LoggerMessage(LogLevel.Information, "rebuild {Generation}: folding the log again")]
    private partial void LogBegun(int generation);

    [LoggerMessage(LogLevel.Information, "rebuild {Generation} is done")]
    private partial void LogDone(int generation);

    [LoggerMessage(LogLevel.Warning, "rebuild {Generation} failed: {Problem}")]
    private partial void LogFailed(int generation, string problem);

    [LoggerMessage(LogLevel.Warning, "a rebuild waits for a store or the broker ({Failure}) and begins again")]
    private partial void LogAway(string failure);

    [LoggerMessage(LogLevel.Error, "rebuild {Generation} does not get on: {Failure} at {Place}")]
    private partial void LogBroken(int generation, string failure, string place);
}

/// <summary>Composition of rebuilds.</summary>
public static class RebuildingServices
{
    /// <summary>Adds the service that goes through the log again. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddRebuilding(this IServiceCollection services)
    {
        services.AddSingleton<RebuildLedger>();
        services.AddSingleton<Func<TopicIdentity, Rebuilder>>(provider => topic => ActivatorUtilities.CreateInstance<Rebuilder>(
            provider, provider.GetRequiredService<Func<TopicIdentity, Action<int, long>, PipelineParts>>()(topic, (_, _) => { })));
        services.AddHostedService<RebuildService>();
        return services;
    }
}
