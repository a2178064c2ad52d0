namespace KpTelemetry.Audit.Grants;

/// <summary>Which lines may be read: those of a member, of a site, or of a member on a site, in a range of event times.</summary>
/// <param name="Member">The member, by what the portals call them; null for everybody.</param>
/// <param name="Site">The site; null for every one.</param>
/// <param name="From">First event time, included.</param>
/// <param name="To">Last event time, excluded.</param>
public sealed record GrantScope(string? Member, string? Site, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The longest range: 31 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    // No name in interpolated text.
    public override string ToString() => Member is null ? "site" : "member";
}
