using System.Diagnostics.Metrics;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Pixel;

/// <summary>Pixel requests, by site and outcome.</summary>
public sealed class PixelMetrics
{
    private readonly Counter<long> _events;

    public PixelMetrics(IMeterFactory meters) =>
        _events = meters.Create(IngestMeter.Name).CreateCounter<long>("kp_ingest_pixels", description: "Pixel requests, by site and outcome");

    internal void Took(string? site, Reason reason) =>
        _events.Add(1, new("site", site ?? ""), new("outcome", reason == Reason.None ? "accepted" : reason.Name()));
}
