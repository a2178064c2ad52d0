using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>
/// A member of staff, the entry's actor, looked at what the record holds of this member. In the member's own stream, so
/// that their timeline tells who looked; what exactly was asked for is in the reader's.
/// </summary>
public sealed record RecordRead : ActOfStaff
{
    /// <summary>The role it was read in.</summary>
    public required string Role { get; init; }

    /// <summary>What was read: an endpoint or a page, as its route is written, without values.</summary>
    public required string Resource { get; init; }
}
