using System.Diagnostics.Metrics;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Ingest.Choosing;

/// <summary>What a browser says beside its event (P0 DNT, P14): its own opt-out, do-not-track, Global Privacy Control.</summary>
internal readonly record struct Signals(bool OptedOut, bool DoNotTrack, bool GlobalPrivacyControl)
{
    private const string Set = "1";

    public static Signals Of(HttpRequest request) => new(Choice.Measurement.IsOff(request), request.Headers["DNT"] == Set, request.Headers["Sec-GPC"] == Set);

    /// <summary>Whether the event is dropped by what policy says of these signals.</summary>
    public bool Drops(PolicyValues policy) =>
        OptedOut
        || (DoNotTrack && policy[PolicyKeys.DoNotTrack] == PolicyKeys.Honour)
        || (GlobalPrivacyControl && policy[PolicyKeys.GlobalPrivacyControl] == PolicyKeys.Measurement);
}

/// <summary>What was decided upon signals and choices.</summary>
internal sealed class SignalMetrics
{
    private readonly Counter<long> _signals;
    private readonly Counter<long> _choices;

    public SignalMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(IngestMeter.Name);
        _signals = meter.CreateCounter<long>("kp_ingest_signals", description: "Events with a signal of the browser's, by signal and what policy decided");
        _choices = meter.CreateCounter<long>("kp_ingest_choices", description: "Choices of visitors, by choice and answer");
    }

    public void Decided(in Signals signals, PolicyValues policy)
    {
        if (signals.OptedOut)
            Count("opt-out", PolicyKeys.DoNotTrack.Show(PolicyKeys.Honour));
        if (signals.DoNotTrack)
            Count("do-not-track", PolicyKeys.DoNotTrack.Show(policy[PolicyKeys.DoNotTrack]));
        if (signals.GlobalPrivacyControl)
            Count("global-privacy-control", PolicyKeys.GlobalPrivacyControl.Show(policy[PolicyKeys.GlobalPrivacyControl]));
    }

    public void Chosen(Choice choice, bool isOff) => _choices.Add(1, new("choice", choice.Field), new("answer", isOff ? "off" : "on"));

    private void Count(string signal, string decision) => _signals.Add(1, new("signal", signal), new("decision", decision));
}
