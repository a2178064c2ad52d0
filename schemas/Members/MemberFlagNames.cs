namespace KpTelemetry.Schemas.Members;

/// <summary>Flags as requests and the access record name them.</summary>
public static class MemberFlagNames
{
    private static readonly IReadOnlyDictionary<string, MemberFlags> ByName = new Dictionary<string, MemberFlags>(StringComparer.Ordinal)
    {
        ["under-13"] = MemberFlags.UnderAge,
        ["restricted"] = MemberFlags.Restricted,
        ["opted-out"] = MemberFlags.OptedOut,
    };

    /// <summary>Every name.</summary>
    public static IEnumerable<string> All => ByName.Keys;

    /// <summary>The flags of these names; null where one is none of them.</summary>
    public static MemberFlags? Read(IReadOnlyList<string> names) =>
        names.All(ByName.ContainsKey) ? names.Aggregate(MemberFlags.None, (flags, name) => flags | ByName[name]) : null;

    /// <summary>The names of these flags.</summary>
    public static IReadOnlyList<string> Of(MemberFlags flags) => [.. ByName.Where(named => flags.HasFlag(named.Value)).Select(named => named.Key)];
}
