using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RestrictingSubjects;

/// <summary>A restriction was agreed (P15): from now on the door drops the member's telemetry. The access record goes on.</summary>
public sealed record SubjectRestricted : ActOfStaff
{
    /// <summary>What was agreed, in words.</summary>
    public required string Limits { get; init; }
}

/// <summary>An agreed restriction ended.</summary>
public sealed record RestrictionLifted : ActOfStaff
{
    public required string Reason { get; init; }
}
