using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>
/// A member of staff read something, or was refused it, or was refused something that they wanted to do. Recorded before
/// the answer: it says that the answer was about to be given.
/// </summary>
public sealed record StaffQueried : RecordedEvent
{
    /// <summary>What was asked for: an endpoint or a page, as its route is written, without values.</summary>
    public required string Resource { get; init; }

    /// <summary>The role it was read in.</summary>
    public required string Role { get; init; }

    /// <summary>What exactly was asked for.</summary>
    public string? Query { get; init; }
}
