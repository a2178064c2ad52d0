using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>
/// A member of staff read something, or was refused it. Recorded before the answer: it says that the answer was about
/// to be given.
/// </summary>
public sealed record StaffQueried : RecordedEvent
{
    /// <summary>What was read: an endpoint or a page, as its route is written, without values.</summary>
    public required string Resource { get; init; }

    /// <summary>The role it was read in.</summary>
    public required string Role { get; init; }

    /// <summary>Why it was read, where it was given: a purpose-of-use code.</summary>
    public string? Purpose { get; init; }

    /// <summary>Ties the entry to the request's trace.</summary>
    public required string Correlation { get; init; }
}
