using Google.Protobuf;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Ingest.Sending;

/// <summary>What the lanes of one ingest process share.</summary>
internal sealed record LaneContext(KeyStore Keys, ReplaceableProducer Producer, LaneOptions Options, LaneMetrics Metrics, TimeProvider Time, ByteString Instance)
{
    /// <summary>The name of the day's state key, which exists once it is named.</summary>
    public string StateKey(DateOnly day)
    {
        var name = KeyNames.State(day);
        Keys.GetOrCreate(name);
        return name;
    }
}

/// <summary>Bounds and times of the lanes.</summary>
public sealed record LaneOptions
{
    /// <summary>How long live events are gathered before their group goes.</summary>
    public TimeSpan GatherLive { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>How long Kafka may take before a group goes to the spool.</summary>
    public TimeSpan SpoolAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Bytes of unacknowledged groups in memory, per partition; what comes beyond goes to the spool at once.</summary>
    public long MemoryPerLane { get; init; } = 32 * 1024 * 1024;

    /// <summary>How often each partition is told that this instance lives.</summary>
    public TimeSpan TickEvery { get; init; } = TimeSpan.FromSeconds(5);
}
