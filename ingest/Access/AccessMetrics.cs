using System.Diagnostics.Metrics;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Access;

/// <summary>Access events that portals sent, by site and outcome.</summary>
public sealed class AccessMetrics
{
    private readonly Counter<long> _events;

    public AccessMetrics(IMeterFactory meters) =>
        _events = meters.Create(IngestMeter.Name).CreateCounter<long>("kp_ingest_access_events", description: "Access events of portals, by site and outcome; of a rejected one nothing is kept");

    internal void Took(string site, LogGathering gathering)
    {
        _events.Add(gathering.Accepted, new("site", site), new("outcome", "accepted"));
        foreach (var (reason, events) in gathering.Rejected)
            _events.Add(events, new("site", site), new("outcome", reason.Name()));
    }
}
