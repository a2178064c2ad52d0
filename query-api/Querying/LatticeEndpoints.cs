using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying;

/// <summary>What the lattice endpoint answers.</summary>
/// <param name="Combinations">A dimension, or two that are a pair, beside at most one of time, and the metrics that go with it.</param>
/// <param name="Filters">How published labels can be chosen.</param>
/// <param name="MostRows">The largest limit.</param>
public sealed record LatticeAnswer(IReadOnlyList<Planning.LatticeEntry> Combinations, IReadOnlyList<string> Filters, int MostRows);

/// <summary>A name and what it means.</summary>
public sealed record GlossaryEntry(string Name, string Definition);

/// <summary>What the glossary answers.</summary>
public sealed record GlossaryAnswer(IReadOnlyList<GlossaryEntry> Metrics, IReadOnlyList<GlossaryEntry> Dimensions, IReadOnlyList<GlossaryEntry> Terms);

/// <summary>What can be asked, and what it means. Nothing of it is anyone's data.</summary>
internal static class LatticeEndpoints
{
    private static readonly GlossaryEntry[] Terms =
    [
        new("(other)", "The labels of a day that too few people stand behind to be named, or that may not be named, together. Its visitors are unknown where a visitor can have several labels."),
        new("(direct)", "A page view without a referrer."),
        new("(campaign)", "As a source: a campaign, told by the dimension campaign."),
        new("(none)", "No campaign."),
        new("(new)", "A cookie that was made less than a week ago."),
        new("(unknown)", "What could not be told."),
        new("withheld", "How much of the days asked for is not published: none, under 1 %, under 5 %, more. The largest of the days counts."),
        new("null", "Unknown: not zero."),
        new("asOf", "When the newest release of the site that the answer includes was made."),
        new("policy", "The revision of the privacy policy that the release follows."),
    ];

    public static IResult Lattice() => Results.Ok(new LatticeAnswer(Planning.LatticeEntry.All, ["is", "is_not"], Parsing.QueryParser.MostLimit));

    public static IResult Glossary() => Results.Ok(new GlossaryAnswer(
        [.. Metric.All.Select(m => new GlossaryEntry(m.Name, m.Definition))],
        [.. Dimension.All.Select(d => new GlossaryEntry(d.Name, d.Definition))],
        Terms));
}
