using System.Collections.Immutable;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// The release rule for a site's day (docs/RELEASE.md): what may be published now, given what was published before.
/// Pure: the same blocks give the same rows.
/// </summary>
public static class DayRelease
{
    internal static readonly ImmutableArray<Table> Trees = [.. Table.All.Where(table => table.Kind == TableKind.Tree)];
    internal static readonly ImmutableArray<Table> Pairs = [.. Table.All.Where(table => table.Kind == TableKind.Pair)];
    internal static readonly ImmutableArray<Table> TechnicalTables = [.. Table.All.Where(table => table.Kind == TableKind.Technical)];

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

    /// <summary>An open day once its blocks are looked at: it withholds its steps from the held one on, and its trees and pairs until the close.</summary>
    /// <param name="gathering">The day's steps; null where the day has none, so that everything waits.</param>
    public static DayState Wait(DayState state, StepGathering? gathering, long through)
    {
        var (people, technical) = gathering is { Held: { PageViews: > 0 } held }
            ? (WithheldBands.People(state, held, gathering.Policy), WithheldBands.Technical(state, held, gathering.Policy))
            : (Band.More, Band.More);
        return state with
        {
            Evaluated = through,
            Withheld = Trees.Concat(Pairs).Select(table => (table, Band.More))
                .Append((Table.Site, people))
                .Concat(TechnicalTables.Select(table => (table, technical)))
                .ToImmutableDictionary(entry => entry.Item1, entry => entry.Item2),
        };
    }

    /// <summary>
    /// The close of a day, and every later settling of what came after it. The site's people and its visits are
    /// published when they suffice, each tree only together with its total, pairs at the close; technical counts move at
    /// the close in any case.
    /// </summary>
    /// <param name="mayBeNamed">Whether a label may be published. One that may not goes into the rest of its table.</param>
    public static DayDecision Settle(DayState state, DayGain gain, ReleasePolicy policy, Func<Table, string, bool>? mayBeNamed = null) =>
        new DaySettling(state, gain, policy, mayBeNamed ?? ((_, _) => true)).Decide();
}
