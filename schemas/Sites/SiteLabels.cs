using System.Text.RegularExpressions;

namespace KpTelemetry.Schemas.Sites;

/// <summary>
/// What of a site's own may become a label by name. It travels with the stamp of every group, since nothing is looked up
/// downstream.
/// </summary>
/// <param name="Routes">Patterns of paths: <c>/doctors/{…}/reviews</c>, with anything between the braces. The first that fits names a page.</param>
/// <param name="Events">Names of events; any other event counts under no name.</param>
/// <param name="Campaigns">Names of campaigns, as links carry them; any other is dropped at the door.</param>
public sealed partial record SiteLabels(IReadOnlyList<string> Routes, IReadOnlyList<string> Events, IReadOnlyList<string> Campaigns)
{
    /// <summary>Most entries of each list.</summary>
    public const int MostOfEach = 200;

    /// <summary>Longest pattern, and all patterns together, in characters: they travel with every group.</summary>
    public const int LongestRoute = 200, AllRoutes = 16_384;

    /// <summary>A site that declares nothing.</summary>
    public static SiteLabels None { get; } = new([], [], []);

    /// <summary>What is wrong with the lists, in words; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Routes.Count > MostOfEach || Events.Count > MostOfEach || Campaigns.Count > MostOfEach)
            yield return $"a site declares at most {MostOfEach} routes, events and campaigns each";
        if (Routes.Any(route => route.Length > LongestRoute || !RouteForm().IsMatch(route)) || Routes.Sum(route => route.Length) > AllRoutes)
            yield return $"a route is a path such as /doctors/{{…}}/reviews, of at most {LongestRoute} characters; all of a site's have at most {AllRoutes}";
        if (Events.Any(name => !NameForm().IsMatch(name)))
            yield return "an event's name has 1 to 64 characters of a-z, 0-9, '-' and '_'";
        if (Campaigns.Any(name => !CampaignForm().IsMatch(name)))
            yield return "a campaign's name has 1 to 64 characters of letters, digits, '.', '-' and '_'";
    }

    [GeneratedRegex(@"\A(/|(/([^/?#;{}\\\p{C}]+|\{[^/?#;{}\\\p{C}]*\}))+)\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex RouteForm();

    [GeneratedRegex(@"\A[a-z0-9_-]{1,64}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CampaignForm();
}
