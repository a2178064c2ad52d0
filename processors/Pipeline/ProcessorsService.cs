using KpTelemetry.Platform.Kafka;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Schemas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>Keeps a pipeline running for each partition that the consumer group gives to this process.</summary>
internal sealed partial class ProcessorsService(
    ProcessorStart start, Func<TopicIdentity, Action<int, long>, PipelineParts> compose, KafkaPlace kafka, TimeProvider time,
    ProcessorHealth health, ProcessorMetrics metrics, ILogger<ProcessorsService> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Dictionary<int, (CancellationTokenSource Stop, Task Running)> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var topic = await start.WhenReadyAsync(stoppingToken);
        health.Started();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var membership = new GroupMembership(kafka.Bootstrap, Topics.ProcessorsGroup, topic.Name);
                var parts = compose(topic, membership.Reached);
                await Task.Factory.StartNew(
                    () => membership.Run(mine => Share(parts, mine), stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogMembershipLost(failure.GetType().Name);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }

        await StopAsync([.. _running.Keys]);
    }

    private void Share(PipelineParts parts, IReadOnlySet<int> mine)
    {
        // Those that went are not waited for: their claims end when the next owner claims.
        _ = StopAsync([.. _running.Keys.Where(partition => !mine.Contains(partition))]);
        foreach (var partition in mine.Where(partition => !_running.ContainsKey(partition)))
        {
            var stop = new CancellationTokenSource();
            _running.Add(partition, (stop, KeepRunningAsync(parts, partition, stop.Token)));
        }

        LogShare(string.Join(", ", mine.Order()));
    }

    private async Task StopAsync(IReadOnlyList<int> partitions)
    {
        var stopped = partitions.Select(partition => _running[partition]).ToArray();
        foreach (var partition in partitions)
            _running.Remove(partition);
        foreach (var (stop, _) in stopped)
            await stop.CancelAsync();
        await Task.WhenAll(stopped.Select(one => one.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A pipeline ends when its claim is lost, or by a failure. While the group still gives this process the partition, it claims anew.
    private async Task KeepRunningAsync(PipelineParts parts, int partition, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await new ProcessingPipeline(parts, partition).RunAsync(stop);
                LogClaimLost(partition);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure) when (BlockCarrier.IsOfStore(failure))
            {
                health.Waiting(partition, failure);
                LogAway(partition, failure.GetType().Name);
            }
            catch (Exception failure)
            {
                health.Waiting(partition, failure);
                LogFailed(partition, failure.GetType().Name, failure.StackTrace ?? "");
            }

            await Task.Delay(Pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        health.Gone(partition);
        metrics.Gone(partition);
    }

    [LoggerMessage(LogLevel.Information, "counting partitions [{Partitions}]")]
    private partial void LogShare(string partitions);

    [LoggerMessage(LogLevel.Information, "partition {Partition} was claimed by another process")]
    private partial void LogClaimLost(int partition);

    [LoggerMessage(LogLevel.Warning, "the consumer group could not be kept ({Failure}), joining again")]
    private partial void LogMembershipLost(string failure);

    [LoggerMessage(LogLevel.Warning, "partition {Partition} waits for a store or the broker ({Failure})")]
    private partial void LogAway(int partition, string failure);

    // Messages of stores can quote what was sent; the place is enough to find the fault.
    [LoggerMessage(LogLevel.Error, "partition {Partition} does not get on: {Failure} at {Place}")]
    private partial void LogFailed(int partition, string failure, string place);
}
