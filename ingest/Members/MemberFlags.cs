using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Members;

namespace KpTelemetry.Ingest.Members;

/// <summary>Flags as requests name them, and what they do at the door.</summary>
internal static class MemberFlagNames
{
    private static readonly IReadOnlyDictionary<string, MemberFlags> ByName = new Dictionary<string, MemberFlags>(StringComparer.Ordinal)
    {
        ["under-13"] = MemberFlags.UnderAge,
        ["restricted"] = MemberFlags.Restricted,
        ["opted-out"] = MemberFlags.OptedOut,
    };

    public static IEnumerable<string> All => ByName.Keys;

    /// <summary>The flags of these names; null where one is none of them.</summary>
    public static MemberFlags? Read(IReadOnlyList<string> names) =>
        names.All(ByName.ContainsKey) ? names.Aggregate(MemberFlags.None, (flags, name) => flags | ByName[name]) : null;

    /// <summary>Why an event of a member with these flags is dropped; <see cref="Reason.None"/> where it is not.</summary>
    public static Reason Drops(this MemberFlags flags) =>
        flags.HasFlag(MemberFlags.UnderAge) ? Reason.UnderAge
        : flags.HasFlag(MemberFlags.Restricted) ? Reason.Restricted
        : flags.HasFlag(MemberFlags.OptedOut) ? Reason.OptedOut
        : Reason.None;
}
