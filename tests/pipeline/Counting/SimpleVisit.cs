using Google.Protobuf;
using KpTelemetry.Privacy;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>A visit of the simple model: a list of page views by time, of which the last eight can still change places.</summary>
internal sealed class SimpleVisit
{
    private const long GapMs = 30 * 60_000;
    private readonly SimpleVisitor _visitor;
    private readonly List<SimpleView> _open = [];
    private SimpleView _entry;
    private SimpleView _exit;
    private int _views;
    private int _stays;
    private long _staySeconds;
    private long _receivedMs;

    public SimpleVisit(SimpleVisitor visitor, SimpleView view)
    {
        (_visitor, _entry, _exit, _views) = (visitor, view, view, 1);
        _open.Add(view);
        Hold(view.ReceivedMs, view.Import);
    }

    public long FirstMs => _entry.AtMs;
    public ByteString Import { get; private set; } = ByteString.Empty;

    public long FinalAtMs
    {
        get
        {
            var idle = Import.IsEmpty ? Math.Max(_exit.AtMs, _receivedMs) + (35 * 60_000) : _receivedMs + (120 * 60_000);
            return _receivedMs < Day.ClosesAtMs ? Math.Min(idle, Day.ClosesAtMs) : idle;
        }
    }

    public SimpleDay Day => _visitor.Day;
    private bool HasFinalViews => _views > _open.Count;

    public bool Accepts(long atMs) => atMs >= FirstMs - GapMs && atMs <= _exit.AtMs + GapMs;

    public void Join(SimpleView view)
    {
        Hold(view.ReceivedMs, view.Import);
        if (HasFinalViews && view.AtMs < _open[0].AtMs)
        {
            _views++;
            Day.AddToPair(Table.PageSource, view.Page, _entry.Source, _visitor, null);
            return;
        }

        _views++;
        _open.Insert(_open.FindLastIndex(other => other.AtMs <= view.AtMs) + 1, view);
        _entry = view.AtMs < _entry.AtMs ? view : _entry;
        _exit = view.AtMs >= _exit.AtMs ? view : _exit;
        Settle(leaving: 8);
        if (_visitor.Visits.Find(other => other != this && other.FirstMs >= FirstMs && other.FirstMs <= _exit.AtMs + GapMs) is { } next)
            Absorb(next);
    }

    public void Close()
    {
        Settle(leaving: 1);
        Settle(_open[0], null);
        _visitor.Visits.Remove(this);
        AddFigures();
    }

    private void Hold(long receivedMs, ByteString import) =>
        (_receivedMs, Import) = (Math.Max(_receivedMs, receivedMs), import.IsEmpty ? Import : import);

    private void Absorb(SimpleVisit next)
    {
        if (next.HasFinalViews)
        {
            Settle(leaving: 1);
            Settle(_open[0], next._entry);
            _open.Clear();
        }

        _open.AddRange(next._open);
        _exit = next._exit;
        (_views, _stays, _staySeconds) = (_views + next._views, _stays + next._stays, _staySeconds + next._staySeconds);
        Hold(next._receivedMs, next.Import);
        _visitor.Visits.Remove(next);
        Settle(leaving: 8);
    }

    private void Settle(int leaving)
    {
        while (_open.Count > leaving)
        {
            Settle(_open[0], _open[1]);
            _open.RemoveAt(0);
        }
    }

    private void Settle(SimpleView view, SimpleView? next)
    {
        Day.AddToPair(Table.PageSource, view.Page, _entry.Source, _visitor, Entering("on path"));
        if (next is null)
            return;
        Day.AddToPair(Table.PageNextPage, view.Page, next.Page, _visitor, Entering("gone on"));
        var seconds = (next.AtMs - view.AtMs) / 1000;
        (_stays, _staySeconds) = (_stays + 1, _staySeconds + seconds);
        var page = Day.Add(Table.Page, view.Page);
        AddStays(page, page.KnownIn(_visitor), 1, seconds);
    }

    private long? Entering(string what) => _visitor.First("day", what) ? Day.Vouch(_visitor, what) : null;

    private static void AddStays(SimpleCell cell, SimpleVisitor? known, int stays, long seconds) => cell.Change((ref Counters c) =>
    {
        (c.Stays, c.StaySeconds) = (c.Stays + stays, c.StaySeconds + seconds);
        if (known is null)
            return;
        c.CappedStaySeconds += known.Take(cell.Key, "stay seconds", seconds, 300);
        c.VouchedStays += known.First(cell.Key, "stays") ? cell.Vouch(known, "stays") : 0;
    });

    private void AddFigures()
    {
        var hour = (byte)TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(FirstMs), Day.Zone).Hour;
        var site = Day.Add(Table.Site, "", hour, vouchingCell: "day");
        var isFirst = _visitor.First("day", "visit");
        var isFirstOfItsLength = _visitor.First("day", _views == 1 ? "bounce" : "stay");
        var (cappedViews, cappedSeconds) = Capped("day", _visitor);
        if (_stays > 0)
            AddStays(site, _visitor, _stays, _staySeconds);
        foreach (var cell in _visitor.Labels.Select(label => Day.Add(label.Key, label.Value)).Append(site))
            AddVisit(cell, _visitor, isFirst, isFirstOfItsLength, cappedViews, cappedSeconds);
        long? entering = isFirst ? Day.Vouch(_visitor, "entering visits") : null;
        AddIn(Table.EntryPage, _entry.Page, entering);
        AddIn(Table.ExitPage, _exit.Page, entering);
        AddIn(Table.Source, _entry.Source, entering);
        AddIn(Table.Campaign, _entry.Campaign, entering);
        AddIn(Table.Cohort, _visitor.Age switch { 0 => "(unknown)", 1 => "(new)", 2 => "1 week", 14 => "13 weeks or more", var age => $"{age - 1} weeks" }, entering);
    }

    private void AddIn(Table table, string label, long? entering)
    {
        var cell = Day.Add(table, label);
        var known = cell.KnownIn(_visitor);
        cell.AddFirst(known, entering);
        if (known is null)
        {
            AddVisit(cell, null, false, false, 0, 0);
            return;
        }

        var (isFirst, isFirstOfItsLength) = (known.First(cell.Key, "visit"), known.First(cell.Key, _views == 1 ? "bounce" : "stay"));
        var (cappedViews, cappedSeconds) = Capped(cell.Key, known);
        AddVisit(cell, known, isFirst, isFirstOfItsLength, cappedViews, cappedSeconds);
    }

    private (long Views, long Seconds) Capped(string cell, SimpleVisitor visitor) =>
        (visitor.Take(cell, "visit views", _views, 20), visitor.Take(cell, "visit seconds", Seconds, 1800));

    private long Seconds => (_exit.AtMs - _entry.AtMs) / 1000;

    private void AddVisit(SimpleCell cell, SimpleVisitor? known, bool isFirst, bool isFirstOfItsLength, long cappedViews, long cappedSeconds) => cell.Change((ref Counters c) =>
    {
        (c.Visits, c.Bounces) = (c.Visits + 1, c.Bounces + (_views == 1 ? 1 : 0));
        (c.VisitViews, c.CappedVisitViews) = (c.VisitViews + _views, c.CappedVisitViews + cappedViews);
        (c.VisitSeconds, c.CappedVisitSeconds) = (c.VisitSeconds + Seconds, c.CappedVisitSeconds + cappedSeconds);
        if (isFirst)
            c.VouchedVisiting += cell.Vouch(known!, "visit");
        if (isFirstOfItsLength && _views == 1)
            c.VouchedBouncing += cell.Vouch(known!, "bounce");
        if (isFirstOfItsLength && _views > 1)
            c.VouchedStaying += cell.Vouch(known!, "stay");
    });
}
