using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Processors.Reading;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>
/// Reads and folds a claimed partition, and cuts what comes of it into blocks: by rows, by time, and where a
/// predecessor had cut one that it did not finish.
/// </summary>
internal sealed class BlockCutter(PipelineParts parts, ClaimedPartition claimed, PartitionFold fold, GroupFolding groups, IPartitionReading reading, Generation? generation = null)
{
    private readonly ReplayPlan _replays = new(claimed.Points, parts.Options.BlocksBetweenReplayPoints);
    private readonly int _version = PartitionFold.VersionOf(parts.Reference);
    private long? _cutAfter = claimed.OpenThrough;
    private long _next = claimed.NextOffset;
    private LogRecord? _ahead;

    /// <summary>Folds again what has been counted, for the state that it left; its figures are discarded.</summary>
    public async Task ReplayAsync(CancellationToken stop)
    {
        if (claimed.ReplayFrom >= claimed.NextOffset)
            return;
        while (true)
        {
            var record = await reading.Records.ReadAsync(stop);
            if (record.Offset >= claimed.NextOffset)
            {
                _ahead = record;
                break;
            }

            groups.Fold(fold, record);
            parts.Metrics.Replayed();
            if (record.Offset == claimed.NextOffset - 1)
                break;
        }

        fold.TakeBlock();
    }

    /// <summary>Waits for the next block.</summary>
    public async Task<Block> NextAsync(CancellationToken stop)
    {
        var record = _ahead ?? await reading.Records.ReadAsync(stop);
        _ahead = null;
        using var deadline = new CancellationTokenSource(parts.Options.BlockWait, parts.Time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        while (true)
        {
            var isLast = groups.Fold(fold, record);
            if (EndsWith(record, isLast) || await ReadWithinAsync(waiting.Token, stop) is not { } following)
                return Cut(record.Offset);
            record = following;
        }
    }

    private bool EndsWith(in LogRecord record, bool isLast) => _cutAfter is { } cut
        ? record.Offset >= cut
        : isLast || fold.Rows >= parts.Options.BlockRows || fold.Cells >= parts.Options.BlockCells;

    // Null when the block has waited long enough. A block that a predecessor had cut is waited for to its end: its records are in the log.
    private async Task<LogRecord?> ReadWithinAsync(CancellationToken waiting, CancellationToken stop)
    {
        if (reading.Records.TryRead(out var record))
            return record;
        try
        {
            return await reading.Records.ReadAsync(_cutAfter is null ? waiting : stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private Block Cut(long lastOffset)
    {
        var content = fold.TakeBlock();
        if (generation is not null)
            content = content with { LogDay = generation.LogDay };
        else
            parts.Metrics.Remembers(claimed.Claim.Partition, fold);
        var point = _replays.PointAt(lastOffset + 1, fold);
        var block = new Block
        {
            Claim = claimed.Claim,
            FirstOffset = _next,
            LastOffset = lastOffset,
            FoldVersion = _version,
            Generation = generation?.Number ?? 0,
            Digest = PendingRows.Digest(content.Cells, parts.Keys.GetOrCreate(KeyNames.Pending(content.LogDay))),
            Content = content,
            ReplayFrom = _replays.ReplayFrom(content.StateFrom ?? lastOffset + 1),
            Point = point,
        };
        (_next, _cutAfter) = (block.NextOffset, null);
        return block;
    }
}
