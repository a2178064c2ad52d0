using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// Page views into visits, and final visits into cells (docs/COUNTING.md). A visit adds to the day on which it began,
/// each of its page views once its place is final, the visit itself once it is.
/// </summary>
internal sealed class VisitFold(SiteDays days, BlockBuilder block, StatePacking packing)
{
    private readonly List<int> _final = [];

    /// <summary>Begins a visit with a page view that belongs to none.</summary>
    public void Begin(SiteDay day, int visitor, in PageView view)
    {
        ref var newest = ref day[visitor].Visit;
        day.Visits.Begin(ref newest, visitor, view);
        var (open, earliest) = (0, newest);
        for (var visit = newest; visit != OpenVisits.None; visit = day.Visits[visit].Next, open++)
            earliest = day.Visits[visit].FirstMs < day.Visits[earliest].FirstMs ? visit : earliest;
        if (open > FoldBounds.OpenVisits)
            Close(day, earliest);
    }

    /// <summary>Adds a page view to an open visit.</summary>
    public void Join(SiteDay day, int number, in PageView view)
    {
        ref var visit = ref day.Visits[number];
        var isPlaced = day.Visits.TryPlace(ref visit, view.TimeMs, view.Page);
        visit.Views++;
        Hold(ref visit, view.ReceivedMs, view.Import);
        if (!isPlaced)
        {
            // Its neighbours have been counted: it is a page view of the visit, with no place on its path.
            AddToSource(day, visit, view.Page);
            return;
        }

        if (view.TimeMs < visit.FirstMs)
            (visit.FirstMs, visit.Entry, visit.Source, visit.Campaign) = (view.TimeMs, view.Page, view.Source, view.Campaign);
        if (view.TimeMs >= visit.LastMs)
            (visit.LastMs, visit.Exit) = (view.TimeMs, view.Page);
        SettleBeyond(day, ref visit, FoldBounds.OpenViews);
        MergeWithNext(day, number);
    }

    /// <summary>Closes the visits that are final by a time of the log.</summary>
    public void CloseThrough(long watermarkMs)
    {
        foreach (var day in days.Living)
        {
            if (day.NextDueMs > watermarkMs)
                continue;
            days.Use(day);
            day.Visits.AddDue(watermarkMs, _final);
            CloseFinal(day);
        }
    }

    /// <summary>Of these days, closes the visits of an import that ends, and those of other files on the days that its end closes: they would be late.</summary>
    public void CloseOf(ImportEnd end, IReadOnlyCollection<SiteDay> ofDays)
    {
        foreach (var day in ofDays.Where(day => day.NextDueMs != long.MaxValue))
        {
            var (isPacked, isOver) = (day.IsPacked, day.Site == end.Site && day.EndsAtMs <= end.ReceivedMs);
            day.Visits.AddWhere(visit => visit.Import == end.Import || (isOver && visit.Import != Guid.Empty), _final);
            CloseFinal(day);
            // Now, not with the block: else all days of the import are unpacked at once.
            block.Release(day);
            if (isPacked)
                day.Pack(packing);
        }
    }

    /// <summary>Closes whatever visits began on a day.</summary>
    public void CloseAll(SiteDay day)
    {
        day.Visits.AddWhere(_ => true, _final);
        CloseFinal(day);
    }

    // In the order of their beginnings, on which a visitor's first label of a table depends.
    private void CloseFinal(SiteDay day)
    {
        if (_final.Count > 1)
            _final.Sort((a, b) => (day.Visits[a].FirstMs, day.Visits[a].Visitor).CompareTo((day.Visits[b].FirstMs, day.Visits[b].Visitor)));
        foreach (var visit in _final)
            Close(day, visit);
        _final.Clear();
    }

    private void Close(SiteDay day, int number)
    {
        ref var visit = ref day.Visits[number];
        SettleBeyond(day, ref visit, 1);
        AddToSource(day, visit, day.Visits.TakeOldest(ref visit).Page);
        VisitFigures.Add(day, visit);
        day.Visits.Remove(ref day[visit.Visitor].Visit, number);
    }

    private static void Hold(ref Visit visit, long receivedMs, Guid import)
    {
        visit.ReceivedMs = Math.Max(visit.ReceivedMs, receivedMs);
        visit.Import = import != Guid.Empty ? import : visit.Import;
    }

    // A page view between two visits that lie within the gap of it makes them one.
    private void MergeWithNext(SiteDay day, int number)
    {
        ref var visit = ref day.Visits[number];
        for (var other = day[visit.Visitor].Visit; other != OpenVisits.None; other = day.Visits[other].Next)
        {
            ref var next = ref day.Visits[other];
            if (other == number || next.FirstMs < visit.FirstMs || next.FirstMs > visit.LastMs + day.Policy.VisitGapMs)
                continue;
            Merge(day, ref visit, ref next);
            day.Visits.Remove(ref day[visit.Visitor].Visit, other);
            return;
        }
    }

    private void Merge(SiteDay day, ref Visit visit, ref Visit next)
    {
        // The first page views of the next are counted: so must be, before them, all of this one.
        if (next.HasFinalViews)
        {
            SettleBeyond(day, ref visit, 1);
            var last = day.Visits.TakeOldest(ref visit);
            Settle(day, ref visit, last, next.Entry, next.FirstMs);
        }

        day.Visits.Hand(ref next, ref visit);
        (visit.LastMs, visit.Exit) = (next.LastMs, next.Exit);
        (visit.Views, visit.Stays, visit.StaySeconds) = (visit.Views + next.Views, visit.Stays + next.Stays, visit.StaySeconds + next.StaySeconds);
        Hold(ref visit, next.ReceivedMs, next.Import);
        SettleBeyond(day, ref visit, FoldBounds.OpenViews);
    }

    private void SettleBeyond(SiteDay day, ref Visit visit, int most)
    {
        while (visit.OpenViews > most)
        {
            var view = day.Visits.TakeOldest(ref visit);
            var next = day.Visits.Oldest(ref visit);
            Settle(day, ref visit, view, next.Page, next.TimeMs);
        }
    }

    // A page view has its final place, and what followed it.
    private void Settle(SiteDay day, ref Visit visit, in OpenView view, int next, long nextMs)
    {
        AddToSource(day, visit, view.Page);
        Arriving.InPair(day, day.Cells.FindPair(Table.PageNextPage, view.Page, next), visit.Visitor, Entering(day, visit.Visitor, Mark.GoneOn));
        var seconds = (nextMs - view.TimeMs) / 1000;
        (visit.Stays, visit.StaySeconds) = (visit.Stays + 1, visit.StaySeconds + seconds);
        VisitFigures.AddStays(day, view.Page, view.Page, visit.Visitor, ref day.ShareOf(view.Page, visit.Visitor), 1, seconds);
    }

    private void AddToSource(SiteDay day, in Visit visit, int page)
    {
        block.Touch(day);
        Arriving.InPair(day, day.Cells.FindPair(Table.PageSource, page, visit.Source), visit.Visitor, Entering(day, visit.Visitor, Mark.OnPath));
    }

    private static int? Entering(SiteDay day, int visitor, Mark mark) => day.ShareOfDay(visitor).First(mark) ? Arriving.OfDay(day, visitor, mark) : null;
}
