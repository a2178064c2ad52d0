using System.Diagnostics.Metrics;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Logs;

/// <summary>Lines that were stored, by site and outcome.</summary>
public sealed class LogMetrics
{
    private readonly Counter<long> _lines;

    public LogMetrics(IMeterFactory meters) =>
        _lines = meters.Create(IngestMeter.Name).CreateCounter<long>("kp_ingest_lines", description: "Log lines stored, by site and outcome; a rejected line is stored sealed");

    internal void Took(string site, LogGathering gathering)
    {
        _lines.Add(gathering.Accepted - gathering.Dropped.Sum(entry => entry.Lines), new("site", site), new("outcome", "accepted"));
        foreach (var (reason, lines) in gathering.Rejected.Concat(gathering.Dropped))
            _lines.Add(lines, new("site", site), new("outcome", reason.Name()));
    }
}
