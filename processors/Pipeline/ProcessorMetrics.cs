using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Schemas;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>Figures of the processors themselves: <c>kp_processors_…</c>.</summary>
public sealed class ProcessorMetrics : IDisposable
{
    private const string Source = "KpTelemetry.Processors";

    private readonly Meter _meter = new(Source);
    private readonly ConcurrentDictionary<int, long> _lag = [];
    private readonly ConcurrentDictionary<int, (long Entries, long Packed)> _state = [];
    private readonly Counter<long> _rows;
    private readonly Counter<long> _blocks;
    private readonly Counter<long> _cells;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _lost;
    private readonly Histogram<double> _seconds;

    public ProcessorMetrics()
    {
        _rows = _meter.CreateCounter<long>("kp_processors_rows_total", description: "Events by outcome and reason");
        _blocks = _meter.CreateCounter<long>("kp_processors_blocks_total", description: "Blocks done");
        _cells = _meter.CreateCounter<long>("kp_processors_cells_total", description: "Pending rows inserted");
        _replayed = _meter.CreateCounter<long>("kp_processors_replayed_groups_total", description: "Groups folded again for their state");
        _lost = _meter.CreateCounter<long>("kp_processors_lost_records_total", description: "Records that counting needs and the log no longer has");
        _seconds = _meter.CreateHistogram<double>("kp_processors_block_seconds", "s", "From the wait for a block's first record to its end");
        _meter.CreateObservableGauge("kp_processors_lag_records", () => _lag.Select(entry => new Measurement<long>(entry.Value, Tag("partition", entry.Key))), description: "Records not yet counted");
        _meter.CreateObservableGauge("kp_processors_state_entries", () => _state.Select(entry => new Measurement<long>(entry.Value.Entries, Tag("partition", entry.Key))), description: "What is remembered of the visitors of days that live");
        _meter.CreateObservableGauge("kp_processors_state_packed_bytes", () => _state.Select(entry => new Measurement<long>(entry.Value.Packed, Tag("partition", entry.Key))), "By", "Memory of that which lies packed");
    }

    /// <summary>Spans of the processors' work.</summary>
    public static ActivitySource Activities { get; } = new(Source);

    /// <summary>A block is done.</summary>
    public void Counted(Block block, long highWatermark, TimeSpan elapsed)
    {
        foreach (var entry in block.Content.Books)
            _rows.Add(entry.Events, Tag("outcome", OutcomeOf(entry)), Tag("reason", entry.Reason == Reason.None ? "" : entry.Reason.Name()));
        _blocks.Add(1);
        _cells.Add(block.Content.Cells.Count);
        _seconds.Record(elapsed.TotalSeconds);
        _lag[block.Claim.Partition] = Math.Max(0, highWatermark - block.NextOffset);
    }

    /// <summary>What a partition's fold remembers.</summary>
    public void Remembers(int partition, PartitionFold fold) => _state[partition] = (fold.StateEntries, fold.Packed.Bytes);

    /// <summary>A group was folded again.</summary>
    public void Replayed() => _replayed.Add(1);

    /// <summary>The log no longer has records that are needed.</summary>
    public void Lost(long records) => _lost.Add(records);

    /// <summary>The partition is no longer this process's.</summary>
    public void Gone(int partition)
    {
        _lag.TryRemove(partition, out _);
        _state.TryRemove(partition, out _);
    }

    public void Dispose() => _meter.Dispose();

    private static string OutcomeOf(BookEntry entry) => entry.Outcome.ToString().ToLowerInvariant();

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
