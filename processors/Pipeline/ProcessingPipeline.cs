using System.Diagnostics;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Processors.Reading;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>What a pipeline works with; the same for every partition.</summary>
/// <param name="Reached">Told the offset after each block once it is done, for the group's committed offsets.</param>
/// <param name="Policies">The published revisions, where one has that name.</param>
public sealed record PipelineParts(
    TopicIdentity Topic, PartitionClaims Claims, IPartitionSource Source, BlockCarrier Carrier, ReferenceData Reference, KeyStore Keys,
    TimeProvider Time, PipelineOptions Options, ProcessorMetrics Metrics, Action<int, long> Reached, Func<string, PolicyBook?> Policies);

/// <summary>
/// One partition, from its log to what is counted: claim, replay, then block after block (read, open, fold; intent,
/// insert, finish; offsets). State lives in memory and is a function of the log, so a crash costs a replay and no more.
/// </summary>
public sealed class ProcessingPipeline(PipelineParts parts, int partition)
{
    /// <summary>Runs until stopped, or until another process has claimed the partition.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var claimed = await parts.Claims.ClaimAsync(parts.Topic, partition, stop);
        using var fold = new PartitionFold(parts.Reference, claimed.Start, parts.Policies);
        using var groups = new GroupFolding(parts.Keys);
        await using var reading = parts.Source.Read(partition, claimed.ReplayFrom);
        var blocks = new BlockCutter(parts, claimed, fold, groups, reading);

        await blocks.ReplayAsync(stop);
        while (!stop.IsCancellationRequested)
        {
            var started = parts.Time.GetTimestamp();
            var block = await blocks.NextAsync(stop);
            using var activity = ProcessorMetrics.Activities.StartActivity("carry block", ActivityKind.Internal);
            if (!await parts.Carrier.CarryAsync(block, stop))
                return;
            parts.Reached(partition, block.NextOffset);
            parts.Metrics.Counted(block, reading.HighWatermark, parts.Time.GetElapsedTime(started));
        }
    }
}
