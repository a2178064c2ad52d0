using System.Collections.Immutable;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>What of a day's tables is withheld, as bands.</summary>
internal static class WithheldBands
{
    internal static Band Technical(DayState state, in Counters withheld, ReleasePolicy policy) => Bands.Of(withheld.Requests > 0, withheld.Requests, state.Requests, policy);

    internal static Band People(DayState state, in Counters withheld, ReleasePolicy policy)
    {
        var anything = withheld != default;
        var ofViews = Bands.Of(anything, withheld.PageViews, state.PageViews, policy);
        var ofVisitors = Bands.Of(anything, withheld.Visitors, state.Visitors, policy);
        return ofViews > ofVisitors ? ofViews : ofVisitors;
    }

    /// <summary>After a settling.</summary>
    /// <param name="pairs">Page views published of each pair; of a day that was closed before, nothing changes.</param>
    internal static ImmutableDictionary<Table, Band> Of(DayState before, DayState after, DayGain gain, IReadOnlyDictionary<Table, long> pairs, ReleasePolicy policy)
    {
        var bands = ImmutableDictionary.CreateBuilder<Table, Band>();
        if (after.SiteCovered < gain.Through)
            bands[Table.Site] = People(after, gain.People.Total, policy);
        foreach (var table in DayRelease.TechnicalTables.Where(_ => after.TechnicalCovered < gain.Through))
            bands[table] = Technical(after, gain.Technical.Total, policy);
        foreach (var tree in DayRelease.Trees.Where(tree => after.TreeCovered(tree) < gain.Through))
            bands[tree] = Tree(after, tree, gain.Cells(tree), policy);
        foreach (var pair in DayRelease.Pairs)
            bands[pair] = before.Closed ? before.WithheldOf(pair) : Pair(gain.Cells(pair), pairs.GetValueOrDefault(pair), policy);
        return bands.ToImmutable();
    }

    // The total's published figure may or may not include the tree's withheld one: the larger share is told, below k that
    // of k on both sides.
    private static Band Tree(DayState state, Table tree, IReadOnlyDictionary<string, Counters> cells, ReleasePolicy policy)
    {
        var withheld = cells.Values.Sum(cell => tree.Basis == Basis.Visits ? cell.Visits : cell.PageViews);
        var published = tree.Basis == Basis.Visits ? state.Visits : state.PageViews;
        return Bands.Of(cells.Count > 0, withheld, Math.Max(0, published - Math.Max(withheld, policy.K)), policy);
    }

    private static Band Pair(IReadOnlyDictionary<string, Counters> cells, long published, ReleasePolicy policy) =>
        Bands.Of(cells.Count > 0, Math.Max(0, cells.Values.Sum(cell => cell.PageViews) - published), published, policy);
}
