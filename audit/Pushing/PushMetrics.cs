using System.Diagnostics.Metrics;

namespace KpTelemetry.Audit.Pushing;

/// <summary>How far the pushing to a SIEM has come.</summary>
public sealed class PushMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "KpTelemetry.Audit.Pushing";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _pushed;
    private readonly Counter<long> _refused;

    public PushMetrics()
    {
        _pushed = _meter.CreateCounter<long>("kp_audit_pushed_entries", "{entry}", "entries that a SIEM has taken");
        _refused = _meter.CreateCounter<long>("kp_audit_pushes_refused", "{push}", "batches that a SIEM did not take, to be tried again");
    }

    internal void Pushed(string sink, int entries) => _pushed.Add(entries, new KeyValuePair<string, object?>("sink", sink));

    internal void Refused(string sink) => _refused.Add(1, new KeyValuePair<string, object?>("sink", sink));

    public void Dispose() => _meter.Dispose();
}
