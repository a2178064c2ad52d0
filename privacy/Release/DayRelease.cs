using System.Collections.Immutable;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// The release rule for a site's day (docs/RELEASE.md): what may be published now, given what was published before.
/// Pure: the same blocks give the same rows.
/// </summary>
public static class DayRelease
{
    private static readonly ImmutableArray<Table> Trees = [.. Table.Published.Where(table => table.Kind == TableKind.Tree)];
    private static readonly ImmutableArray<Table> TechnicalTables = [.. Table.Published.Where(table => table.Kind == TableKind.Technical)];

    /// <summary>Whether figures may move: at least k new visitors vouch, and at least k new viewers.</summary>
    public static bool Suffices(in Counters gain, ReleasePolicy policy) => gain.Vouched >= policy.K && gain.VouchedViewers >= policy.K;

    /// <summary>A step of an open day, which <see cref="StepGathering"/> let go.</summary>
    public static DayDecision Release(DayState state, Step step) => new(
        SiteRows.Of(state.Day, [HourRun.Spanning(step.Cells)], step.Cells, step.Cells),
        state with
        {
            Steps = state.Steps + 1,
            SiteCovered = step.Through,
            TechnicalCovered = step.Through,
            Requests = state.Requests + step.Cells.Total.Requests,
            Visitors = state.Visitors + step.Cells.Total.Visitors,
            PageViews = state.PageViews + step.Cells.Total.PageViews,
        });

    /// <summary>An open day once its blocks are looked at: it withholds what is gathered, and its trees until the close.</summary>
    /// <param name="withheld">What the day's steps have not let go; null where the day has no steps, so that everything waits.</param>
    public static DayState Wait(DayState state, Counters? withheld, long through) => state with
    {
        Evaluated = through,
        Withheld = Trees.Select(tree => (tree, Band.More))
            .Append((Table.Site, withheld is { } people ? PeopleBand(state, people) : Band.More))
            .Concat(TechnicalTables.Select(table => (table, withheld is { } requests ? TechnicalBand(state, requests) : Band.More)))
            .ToImmutableDictionary(entry => entry.Item1, entry => entry.Item2),
    };

    /// <summary>
    /// The close of a day, and every later settling of what came after it. The site's gain is published when it
    /// suffices, and each tree moves only together with it; technical counts move at the close in any case.
    /// </summary>
    public static DayDecision Settle(DayState state, DayGain gain, ReleasePolicy policy)
    {
        var rows = new List<PublishedRow>();
        var next = state with { Closed = true, Evaluated = gain.Through };
        if (Suffices(gain.People.Total, policy))
        {
            rows.AddRange(SiteRows.Of(state.Day, HourRun.Split(gain.People, gain.Technical, policy), gain.People, gain.Technical));
            next = MoveSite(next, gain);
            foreach (var tree in Trees)
                next = MoveTree(next, gain, tree, rows, policy);
        }
        else if (!state.Closed && state.Steps == 0)
        {
            rows.AddRange(SiteRows.TechnicalOnly(state.Day, gain.Technical));
            next = next with { TechnicalCovered = gain.Through, Requests = state.Requests + gain.Technical.Total.Requests };
        }

        return new DayDecision(rows, next with { Withheld = BandsOf(next, gain) });
    }

    private static DayState MoveSite(DayState state, DayGain gain) => state with
    {
        SiteCovered = gain.Through,
        TechnicalCovered = gain.Through,
        Requests = state.Requests + gain.Technical.Total.Requests,
        Visitors = state.Visitors + gain.People.Total.Visitors,
        PageViews = state.PageViews + gain.People.Total.PageViews,
    };

    private static DayState MoveTree(DayState state, DayGain gain, Table tree, List<PublishedRow> rows, ReleasePolicy policy)
    {
        if (TreeRelease.Decide(state.Day, tree, gain.Trees[tree], policy) is not { } released)
            return state;
        rows.AddRange(released);
        return state with { TreesCovered = state.TreesCovered.SetItem(tree, gain.Through) };
    }

    private static ImmutableDictionary<Table, Band> BandsOf(DayState state, DayGain gain)
    {
        var bands = ImmutableDictionary.CreateBuilder<Table, Band>();
        if (state.SiteCovered < gain.Through)
            bands[Table.Site] = PeopleBand(state, gain.People.Total);
        foreach (var table in TechnicalTables.Where(_ => state.TechnicalCovered < gain.Through))
            bands[table] = TechnicalBand(state, gain.Technical.Total);
        foreach (var tree in Trees.Where(tree => state.TreeCovered(tree) < gain.Through))
        {
            // The site's published page views may or may not include the tree's withheld ones: the larger share is told.
            var withheld = gain.Trees[tree].Values.Sum(cell => cell.PageViews);
            bands[tree] = Bands.Of(gain.Trees[tree].Count > 0, withheld, Math.Max(0, state.PageViews - withheld));
        }

        return bands.ToImmutable();
    }

    private static Band TechnicalBand(DayState state, in Counters withheld) => Bands.Of(withheld.Requests > 0, withheld.Requests, state.Requests);

    private static Band PeopleBand(DayState state, in Counters withheld)
    {
        var anything = withheld != default;
        var ofViews = Bands.Of(anything, withheld.PageViews, state.PageViews);
        var ofVisitors = Bands.Of(anything, withheld.Visitors, state.Visitors);
        return ofViews > ofVisitors ? ofViews : ofVisitors;
    }
}
