using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What a final visit adds to cells, those of the day on which it began.</summary>
internal static class VisitFigures
{
    /// <summary>Adds a visit to the site's hour in which it began, to the cells of its visitor, and to those of its entry, exit, source, campaign and cohort.</summary>
    public static void Add(SiteDay day, in Visit visit)
    {
        ref var ofDay = ref day.ShareOfDay(visit.Visitor);
        var amount = Amount.Of(visit, ref ofDay, day.Policy);
        var visitor = day[visit.Visitor];
        var hour = day.Calendar.At(visit.FirstMs).Hour;
        var vouched = amount.AddTo(day, hour, SiteDay.WholeDay, visitor.Network);
        if (visit.Stays > 0)
            AddStays(day, hour, SiteDay.WholeDay, visit.Visitor, ref ofDay, visit.Stays, visit.StaySeconds);
        foreach (var cell in (ReadOnlySpan<int>)[visitor.Labels.Browser, visitor.Labels.Os, visitor.Labels.Device, visitor.Labels.Country])
            amount.AddTo(day, cell, cell, visitor.Network);
        foreach (var cell in (ReadOnlySpan<int>)[CellOf(day, Table.EntryPage, visit.Entry), CellOf(day, Table.ExitPage, visit.Exit), visit.Source, visit.Campaign, day.Cells.Find(Table.Cohort, Cohorts.Of(visitor.Age))])
            AddInCell(day, cell, visit, amount.IsFirst ? vouched : null);
    }

    /// <summary>Adds page views that others followed, all of one visitor.</summary>
    public static void AddStays(SiteDay day, int cell, int vouchingCell, int visitor, ref Share share, int stays, long seconds)
    {
        ref var counters = ref day.Cells[cell];
        counters.Stays += stays;
        counters.StaySeconds += seconds;
        counters.CappedStaySeconds += share.StaySeconds(seconds, day.Policy);
        if (share.First(Mark.Followed))
            counters.VouchedStays += day.Vouch(vouchingCell, day[visitor].Network, Mark.Followed);
    }

    // A table of visits: who began one there is a visitor of the cell.
    private static void AddInCell(SiteDay day, int cell, in Visit visit, int? entering)
    {
        ref var visitor = ref day[visit.Visitor];
        ref var share = ref day.ShareOf(cell, visit.Visitor);
        Arriving.InCell(day, ref day.Cells[cell], cell, visitor, ref share, entering);
        Amount.Of(visit, ref share, day.Policy).AddTo(day, cell, cell, visitor.Network);
    }

    private static int CellOf(SiteDay day, Table table, int page) => day.Cells.Find(table, day.Cells.LabelOf(page));

    // What a visit adds to a cell, given what its visitor has added before.
    private readonly record struct Amount(int Views, long Seconds, int CappedViews, int CappedSeconds, bool IsFirst, bool IsFirstOfItsLength)
    {
        public static Amount Of(in Visit visit, ref Share share, FoldPolicy policy)
        {
            var seconds = (visit.LastMs - visit.FirstMs) / 1000;
            return new Amount(
                visit.Views, seconds, share.VisitViews(visit.Views, policy), share.VisitSeconds(seconds, policy),
                share.First(Mark.Visiting), share.First(visit.Views == 1 ? Mark.Bouncing : Mark.Staying));
        }

        private bool IsBounce => Views == 1;

        // Whether the visitor vouches for a first visit in the cell.
        public int AddTo(SiteDay day, int cell, int vouchingCell, int network)
        {
            ref var counters = ref day.Cells[cell];
            counters.Visits++;
            counters.Bounces += IsBounce ? 1 : 0;
            counters.VisitViews += Views;
            counters.CappedVisitViews += CappedViews;
            counters.VisitSeconds += Seconds;
            counters.CappedVisitSeconds += CappedSeconds;
            var vouched = IsFirst ? day.Vouch(vouchingCell, network, Mark.Visiting) : 0;
            counters.VouchedVisiting += vouched;
            if (IsFirstOfItsLength && IsBounce)
                counters.VouchedBouncing += day.Vouch(vouchingCell, network, Mark.Bouncing);
            if (IsFirstOfItsLength && !IsBounce)
                counters.VouchedStaying += day.Vouch(vouchingCell, network, Mark.Staying);
            return vouched;
        }
    }
}
