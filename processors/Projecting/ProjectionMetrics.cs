using System.Diagnostics.Metrics;
using KpTelemetry.Audit.ProjectingActivity;

namespace KpTelemetry.Processors.Projecting;

/// <summary>How far the projection of the access record is, in the process that works on it: <c>kp_audit_projection_…</c>, by generation's use.</summary>
public sealed class ProjectionMetrics : IDisposable
{
    private readonly Meter _meter = new("KpTelemetry.Processors.Projecting");
    private IReadOnlyList<Generation> _generations = [];

    public ProjectionMetrics()
    {
        _meter.CreateObservableGauge("kp_audit_projection_entries", () => Tell(generation => generation.Entries), description: "Entries of the access record that its projection has");
        _meter.CreateObservableGauge("kp_audit_projection_lag_entries", () => Tell(generation => generation.Behind), description: "Entries of the access record that its projection has not yet");
    }

    /// <summary>What was seen last; none where another process works on it.</summary>
    public void Seen(IReadOnlyList<Generation> generations) => _generations = generations;

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Tell(Func<Generation, long> of) =>
        _generations.Select(generation => new Measurement<long>(of(generation), new KeyValuePair<string, object?>("generation", generation.Answers ? "answering" : "building")));
}
