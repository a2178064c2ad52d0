using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ExportingSubjects;

/// <summary>What the record holds of a person was given out to them, or to whom they named (P11, P13). Recorded before it is answered.</summary>
public sealed record SubjectDataExported : ActOfStaff
{
    /// <summary>To whom.</summary>
    public required string Recipient { get; init; }

    /// <summary>Entries that were in it.</summary>
    public required int Entries { get; init; }

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public required string Digest { get; init; }
}
