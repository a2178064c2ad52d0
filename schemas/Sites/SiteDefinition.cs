using System.Text.RegularExpressions;

namespace KpTelemetry.Schemas.Sites;

/// <summary>A measured site. A change makes a new revision; events carry the one in force at their receipt.</summary>
/// <param name="Name">1 to 64 characters of <c>a-z 0-9 . - _</c>.</param>
/// <param name="Revision">From 1.</param>
/// <param name="TimeZone">IANA name; the site's days and hours are of this zone.</param>
/// <param name="Hosts">The site's own hosts, lower case: a referrer from one of them is told by its route.</param>
public sealed partial record SiteDefinition(string Name, int Revision, string TimeZone, IReadOnlyList<string> Hosts)
{
    /// <summary>What of the site's own may become a label by name.</summary>
    public SiteLabels Labels { get; init; } = SiteLabels.None;

    /// <summary>The sites that exist from the start: the sample log's, and those of the statement (P0).</summary>
    public static IReadOnlyList<SiteDefinition> BuiltIn { get; } =
    [
        new("sample", 1, "UTC", ["semicomplete.com", "www.semicomplete.com"]),
        new("kp.org", 1, "America/Los_Angeles", ["kp.org", "www.kp.org", "kaiserpermanente.org", "www.kaiserpermanente.org"]) { Labels = Portal },
        new("healthy.kaiserpermanente.org", 1, "America/Los_Angeles", ["healthy.kaiserpermanente.org"]) { Labels = Portal },
        new("m.kp.org", 1, "America/Los_Angeles", ["m.kp.org"]) { Labels = Portal },
        new("kp-app", 1, "America/Los_Angeles", []) { Labels = Portal },
    ];

    // Directions are told without where to (P19).
    private static SiteLabels Portal => SiteLabels.None with { Events = ["directions", "download", "feedback", "outbound", "print", "search", "share", "video"] };

    /// <summary>What is wrong with this definition, in words; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!NameForm().IsMatch(Name))
            yield return "a site's name has 1 to 64 characters of a-z, 0-9, '.', '-' and '_'";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return "the timezone is not an IANA name known here, such as America/Los_Angeles";
        if (Hosts.Any(host => !HostForm().IsMatch(host)))
            yield return "a host is a plain lower-case host name";
        foreach (var problem in Labels.Problems())
            yield return problem;
    }

    [GeneratedRegex(@"\A[a-z0-9._-]{1,64}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex HostForm();
}
