using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>The rows of a tree's release.</summary>
internal static class TreeRows
{
    /// <summary>A row a named cell, and one for the rest.</summary>
    internal static IEnumerable<PublishedRow> Of(DateOnly day, Table tree, TreeDecision decision, Further further, ReleasePolicy policy)
    {
        foreach (var (label, cell) in decision.Named)
        {
            var row = Row(day, tree, label, cell, MayTellVisitors(tree, cell, decision, policy) ? cell.Visitors : null);
            if (tree.IsInTens)
                row = row with { Visits = policy.Round(cell.Visits) };
            yield return WithFurther(row, cell, further, policy);
        }

        if (decision.RestLabels > 0)
            yield return tree.IsInTens ? RestInTens(day, tree, decision, policy) : Row(day, tree, Labels.Other, decision.Rest, tree.ManyLabels ? null : decision.Rest.Visitors);
    }

    // What the tree's total has beyond the named cells as they are told, which tells nothing more; unknown below k.
    private static PublishedRow RestInTens(DateOnly day, Table tree, TreeDecision decision, ReleasePolicy policy)
    {
        var visits = decision.Rest.Visits + decision.Named.Sum(cell => cell.Value.Visits - policy.Round(cell.Value.Visits));
        return new PublishedRow(day, tree, Labels.Other) { Visits = visits >= policy.K ? visits : null };
    }

    // Where a visitor can have several labels, the site's visitors minus a label's are the people who are not of it. Who
    // entered and is not of the label is one of them, so that they are at least k.
    private static bool MayTellVisitors(Table tree, in Counters cell, TreeDecision decision, ReleasePolicy policy) =>
        !tree.ManyLabels || decision.Entered - cell.Visitors >= policy.K;

    // No bytes: the sizes of pages are known to whoever fetches them, so that a sum of bytes would be read as how often
    // each page was seen. No visitors of visits: minus the site's own they would tell who only went on with one that began
    // the day before: few.
    private static PublishedRow Row(DateOnly day, Table tree, string label, in Counters cell, long? visitors) => tree.Basis == Basis.Visits
        ? new PublishedRow(day, tree, label) { Visits = cell.Visits }
        : new PublishedRow(day, tree, label) { Requests = cell.Requests, PageViews = cell.PageViews, Visitors = visitors };

    private static PublishedRow WithFurther(PublishedRow row, in Counters cell, Further further, ReleasePolicy policy)
    {
        var isInTens = row.Table.IsInTens;
        if (further.Bounces.Contains(row.Label))
            row = row with { Bounces = isInTens ? ((cell.Bounces * row.Visits) + (cell.Visits / 2)) / cell.Visits : cell.Bounces };
        if (further.Seconds.Contains(row.Label))
            row = row with { VisitSeconds = isInTens ? Average(cell.VisitSeconds, cell.Visits) * row.Visits : cell.VisitSeconds };
        return further.Stays.Contains(row.Label) ? WithStays(row, cell, policy) : row;
    }

    // Rounded, since views that go on over midnight make page views minus stays differ from the exits by a few visits.
    private static PublishedRow WithStays(PublishedRow row, in Counters cell, ReleasePolicy policy)
    {
        var stays = policy.Round(cell.Stays);
        return row with { Stays = stays, StaySeconds = Average(cell.StaySeconds, cell.Stays) * stays };
    }

    private static long Average(long sum, long count) => (sum + (count / 2)) / count;
}

/// <summary>The labels of a tree that tell their further figures too, each figure by itself.</summary>
internal sealed record Further
{
    internal IReadOnlyCollection<string> Stays { get; init; } = [];
    internal IReadOnlyCollection<string> Bounces { get; init; } = [];
    internal IReadOnlyCollection<string> Seconds { get; init; } = [];
}
