using System.Diagnostics.Metrics;
using KpTelemetry.Audit.Checkpointing;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Checkpointing;

/// <summary>Figures of checkpoints: <c>kp_audit_checkpoints_…</c>.</summary>
public sealed class CheckpointMetrics : IDisposable
{
    private readonly Meter _meter = new("KpTelemetry.Processors.Checkpointing");
    private readonly Counter<long> _signed;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _offered;

    public CheckpointMetrics()
    {
        _signed = _meter.CreateCounter<long>("kp_audit_checkpoints_signed_total", description: "Checkpoints of the access record signed");
        _refused = _meter.CreateCounter<long>("kp_audit_checkpoints_refused_total", description: "Checkpoints not signed, since the record does not extend the last one");
        _offered = _meter.CreateCounter<long>("kp_audit_checkpoints_offered_total", description: "Checkpoints offered to the witness, by how it ended");
    }

    /// <summary>One was signed.</summary>
    public void Signed() => _signed.Add(1);

    /// <summary>One may not be signed.</summary>
    public void Refused() => _refused.Add(1);

    /// <summary>One was offered to the witness.</summary>
    public void Offered(WitnessOutcome outcome) => _offered.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));

    public void Dispose() => _meter.Dispose();
}

internal static partial class CheckpointLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "a checkpoint of {Size} entries was signed")]
    public static partial void Signed(ILogger logger, long size);

    [LoggerMessage(Level = LogLevel.Error, Message = "no checkpoint of the access record is signed: {Refusal}; './kp audit verify --full' tells where")]
    public static partial void Refused(ILogger logger, string refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "the witness has seen another access record than the one of {Size} entries: it was set back or changed")]
    public static partial void Contradicted(ILogger logger, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the checkpoint of {Size} entries is not witnessed: {Outcome}")]
    public static partial void NotWitnessed(ILogger logger, long size, WitnessOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "checkpoints wait for a store ({Failure})")]
    public static partial void Waits(ILogger logger, string failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "checkpoints do not get on: {Failure} at {Place}")]
    public static partial void Failed(ILogger logger, string failure, string place);
}
