using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>What blocks of a world add to a day, as the publisher reads it from pending cells.</summary>
internal static class GainReading
{
    /// <summary>Before a label that the rule is not to know.</summary>
    public const char Renamed = '~';

    private static readonly Table[] Labelled = [.. Table.All.Where(table => table.HasSealedLabels)];

    public static DayGain Of(World world, DayState state, long through, Clauses clauses) => new(
        Site(world, state.Day, state.SiteCovered, through, clauses),
        Site(world, state.Day, state.TechnicalCovered, through, clauses),
        Labelled.ToDictionary(tree => tree, tree => (IReadOnlyDictionary<string, Counters>)Labels(world, state.Day, tree, state.TreeCovered(tree), through, clauses)),
        through)
    {
        Visits = Site(world, state.Day, state.VisitsCovered, through, clauses).Total,
    };

    public static SiteCells Site(World world, DateOnly day, long after, long through, Clauses clauses)
    {
        var site = new SiteCells();
        foreach (var cell in Cells(world, day, after, through))
        {
            if (cell.Table.Kind == TableKind.Site)
                site.AddSite(cell.Hour, clauses.Distort(cell.Counters));
            else if (cell.Table.Kind == TableKind.Technical)
                site.AddTechnical(cell.Table, cell.Label, cell.Counters);
        }

        return site;
    }

    public static Dictionary<string, Counters> Labels(World world, DateOnly day, Table tree, long after, long through, Clauses clauses) =>
        Cells(world, day, after, through).Where(cell => cell.Table == tree && clauses.Counts(tree, cell.Label)).GroupBy(cell => LabelOf(cell, clauses))
            .ToDictionary(cell => cell.Key, cell => Distorted(tree, cell.Aggregate(default(Counters), (sum, part) => { sum.Add(part.Counters); return sum; }), clauses));

    // By another name it is drawn in like any other.
    private static string LabelOf(Cell cell, Clauses clauses) =>
        (!clauses.NoCampaignGoesLast && cell.Table == Table.Campaign && cell.Label == Schemas.Lattice.Labels.None)
        || (!clauses.CampaignsGoLast && cell.Table == Table.Source && cell.Label == Schemas.Lattice.Labels.Campaign)
        || (!clauses.NewGoesLast && cell.Table == Table.Cohort && cell.Label == Schemas.Lattice.Labels.New) ? Renamed + cell.Label : cell.Label;

    // By who entered the rule knows how many are left in a line. Exit pages tell no bounces themselves.
    private static Counters Distorted(Table table, Counters cell, Clauses clauses) =>
        table.Kind == TableKind.Pair && !clauses.LinesLeaveEnough ? cell with { VouchedEntered = clauses.Policy.K }
        : table == Table.ExitPage && !clauses.EntriesAskTheirExits ? cell with { VouchedBouncing = clauses.Policy.K, VouchedStaying = clauses.Policy.K }
        : clauses.Distort(cell);

    public static SiteCells Sum(SiteCells one, SiteCells other)
    {
        var sum = new SiteCells();
        sum.Add(one);
        sum.Add(other);
        return sum;
    }

    /// <summary>The technical cells of one block.</summary>
    public static IEnumerable<Told> Technical(SiteCells block, DateOnly day, long seq) =>
        block.Technical.Select(cell => new Told(day, cell.Table, cell.Label, 0, 0, Moment.Step, seq - 1, seq) { Requests = cell.Counters.Requests });

    /// <summary>A gain of the site in one row, whatever it is.</summary>
    public static Told Whole(SiteCells gain, DateOnly day, long after, long through, Moment moment) =>
        new(day, Table.Site, "", 0, SiteCells.Hours - 1, moment, after, through) { PageViews = gain.Total.PageViews, Visitors = gain.Total.Visitors };

    /// <summary>A gain of the site hour by hour.</summary>
    public static IEnumerable<Told> Hours(World world, DateOnly day, long after, long through, Moment moment)
    {
        var site = Site(world, day, after, through, new Clauses(""));
        return from hour in Enumerable.Range(0, SiteCells.Hours)
               where site.Hour(hour) != default
               select new Told(day, Table.Site, "", hour, hour, moment, after, through) { PageViews = site.Hour(hour).PageViews, Visitors = site.Hour(hour).Visitors };
    }

    private static IEnumerable<Cell> Cells(World world, DateOnly day, long after, long through) =>
        world.CellsOf(day).Where(one => one.Seq > after && one.Seq <= through).Select(one => one.Cell);
}
