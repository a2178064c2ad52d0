using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.StatingFlags;

/// <summary>A portal said what holds for a member, in place of what it had said before: a child's account, a restriction, an opt-out (P12, P14, P15). An erasure makes it unreadable.</summary>
public sealed record FlagsStated : RecordedEvent
{
    /// <summary>Names of <see cref="Schemas.Members.MemberFlagNames"/>; none where everything was taken back.</summary>
    public required IReadOnlyList<string> Flags { get; init; }
}
