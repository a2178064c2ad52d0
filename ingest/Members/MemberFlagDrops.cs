using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Members;

namespace KpTelemetry.Ingest.Members;

/// <summary>What flags do at the door.</summary>
internal static class MemberFlagDrops
{
    /// <summary>Why an event of a member with these flags is dropped; <see cref="Reason.None"/> where it is not.</summary>
    public static Reason Drops(this MemberFlags flags) =>
        flags.HasFlag(MemberFlags.UnderAge) ? Reason.UnderAge
        : flags.HasFlag(MemberFlags.Restricted) ? Reason.Restricted
        : flags.HasFlag(MemberFlags.OptedOut) ? Reason.OptedOut
        : Reason.None;
}
