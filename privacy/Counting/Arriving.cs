using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What an event is to its visitor's day, and whether the visitor vouches in the site's as that.</summary>
internal readonly record struct Arrival(bool IsFirst, bool IsFirstView, int Vouched, int VouchedViewer)
{
    /// <summary>For tables of page views: whether who enters them vouches; null for who has entered before.</summary>
    public int? Entering => IsFirstView ? VouchedViewer : null;
}

/// <summary>
/// Counts visitors in cells, each where they are for the first time, and of those the ones that vouch. Entering a table
/// vouches by the site's day, not by label: two of a network in each of many labels would else be many who entered, and a
/// rest of one stranger among them would be told.
/// </summary>
internal static class Arriving
{
    // The age of an id that was given less than a week ago.
    private const int New = 1;

    /// <summary>Whether a visitor vouches as that in the site's day.</summary>
    public static int OfDay(SiteDay day, int visitor, Mark mark) => day.Vouch(SiteDay.WholeDay, day[visitor].Network, mark);

    /// <summary>In the site's hour, which vouches for the day.</summary>
    public static void InSite(SiteDay day, byte hour, in Visitor visitor, in Arrival arrival)
    {
        ref var counters = ref day.Cells[hour];
        Add(ref counters, arrival, arrival.Vouched, arrival.VouchedViewer);
        if (arrival.IsFirst)
            AddAge(day, ref counters, SiteDay.WholeDay, visitor);
    }

    /// <summary>In a cell of a table in which a visitor has one label a day: first in the cell is first on the day.</summary>
    public static void InLabel(SiteDay day, int cell, in Visitor visitor, in Arrival arrival)
    {
        ref var counters = ref day.Cells[cell];
        Add(
            ref counters, arrival,
            arrival.IsFirst ? day.Vouch(cell, visitor.Network, Mark.Visitor) : 0,
            // By the site's day, as entering: a rest is published by their sum over its labels.
            arrival.VouchedViewer);
        if (arrival.IsFirst)
            AddAge(day, ref counters, cell, visitor);
    }

    /// <summary>In a cell of a table of page views or visits, in which a visitor can have many labels a day.</summary>
    /// <param name="entering">Where it is the visitor's first label of the table on this day: whether they vouch in the site's.</param>
    public static void InCell(SiteDay day, ref Counters counters, int cell, in Visitor visitor, ref Share share, int? entering)
    {
        if (share.First(Mark.Viewer))
        {
            var vouched = day.Vouch(cell, visitor.Network, Mark.Viewer);
            (counters.Visitors, counters.Viewers) = (counters.Visitors + 1, counters.Viewers + 1);
            (counters.Vouched, counters.VouchedViewers) = (counters.Vouched + vouched, counters.VouchedViewers + vouched);
            AddAge(day, ref counters, cell, visitor);
            share.Add(MarkOf(visitor.Age));
        }

        if (entering is { } vouches)
            (counters.Entered, counters.VouchedEntered) = (counters.Entered + 1, counters.VouchedEntered + vouches);
    }

    /// <summary>A page view in a cell of a pair, by a visitor or by <see cref="SiteDay.Nobody"/>.</summary>
    public static void InPair(SiteDay day, int cell, int visitor, int? entering)
    {
        ref var counters = ref day.Cells[cell];
        counters.PageViews++;
        if (visitor == SiteDay.Nobody)
            return;
        ref var share = ref day.ShareOf(cell, visitor);
        counters.CappedViews += share.View(day.Policy);
        InCell(day, ref counters, cell, day[visitor], ref share, entering);
    }

    /// <summary>As what an id of that age is counted.</summary>
    public static Mark MarkOf(byte age) => age == New ? Mark.New : age > New ? Mark.Returning : Mark.None;

    private static void Add(ref Counters counters, in Arrival arrival, int vouched, int vouchedViewer)
    {
        if (arrival.IsFirst)
        {
            (counters.Visitors, counters.Entered) = (counters.Visitors + 1, counters.Entered + 1);
            (counters.Vouched, counters.VouchedEntered) = (counters.Vouched + vouched, counters.VouchedEntered + arrival.Vouched);
        }

        if (arrival.IsFirstView)
            (counters.Viewers, counters.VouchedViewers) = (counters.Viewers + 1, counters.VouchedViewers + vouchedViewer);
    }

    private static void AddAge(SiteDay day, ref Counters counters, int vouchingCell, in Visitor visitor)
    {
        var mark = MarkOf(visitor.Age);
        var vouched = mark == Mark.None ? 0 : day.Vouch(vouchingCell, visitor.Network, mark);
        if (mark == Mark.New)
            (counters.NewVisitors, counters.VouchedNew) = (counters.NewVisitors + 1, counters.VouchedNew + vouched);
        else
            counters.VouchedReturning += vouched;
    }
}

/// <summary>The labels of cohorts: a closed vocabulary.</summary>
internal static class Cohorts
{
    // Every visit has one, also of whoever does not say: else the site's visits minus the cohorts' would tell those few.
    private static readonly string[] Names =
    [
        Labels.Unknown, Labels.New, "1 week", .. Enumerable.Range(2, (int)Schemas.Raw.EventRow.OldestClient - 3).Select(weeks => $"{weeks} weeks"),
        $"{Schemas.Raw.EventRow.OldestClient - 1} weeks or more",
    ];

    /// <summary>The label of an age as <see cref="Schemas.Raw.EventRow.ClientAge"/> has it.</summary>
    public static string Of(byte age) => Names[age];
}
