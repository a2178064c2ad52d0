using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ErasingSubjects;

/// <summary>
/// What can be erased of a person was (P11): fields of what they chose or told open no more, and the door no longer knows
/// what they chose. Fields of access and of disclosures go on until their own end.
/// </summary>
public sealed record SubjectErased : ActOfStaff
{
    /// <summary>What was destroyed and what goes on until when, in words; as the subject is answered.</summary>
    public required IReadOnlyList<string> Answer { get; init; }
}
