using System.Diagnostics.Metrics;

namespace KpTelemetry.Ingest.Sending;

/// <summary>What the lanes count.</summary>
public sealed class LaneMetrics
{
    private readonly Counter<long> _spooled;
    private readonly Counter<long> _failed;

    public LaneMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(IngestMeter.Name);
        _spooled = meter.CreateCounter<long>("kp_ingest_spooled_groups", description: "Groups that went to the spool");
        _failed = meter.CreateCounter<long>("kp_ingest_failed_sends", description: "Sends that Kafka refused; they are tried again");
    }

    internal void Spooled(int partition) => _spooled.Add(1, new KeyValuePair<string, object?>("partition", partition));

    internal void Failed(int partition, string error) => _failed.Add(1, new("partition", partition), new("error", error));
}
