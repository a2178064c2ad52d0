using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RestrictingSubjects;

/// <summary>A restriction was agreed (P15): from now on the door drops the member's telemetry. The access record goes on.</summary>
public sealed record SubjectRestricted : RecordedEvent
{
    /// <summary>What was agreed, in words.</summary>
    public required string Limits { get; init; }
}

/// <summary>An agreed restriction ended.</summary>
public sealed record RestrictionLifted : RecordedEvent
{
    public required string Reason { get; init; }
}
