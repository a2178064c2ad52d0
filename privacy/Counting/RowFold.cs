using System.Globalization;
using System.Text;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Where rows come from, and what of their group decides about them.</summary>
internal readonly record struct RowOrigin(long Offset, long ReceivedMs, Guid Import, IntervalSet? Covered, VisitorHasher Hasher)
{
    public bool IsLive => Import == Guid.Empty;
}

/// <summary>What an event is to its visitor's day, and whether the visitor vouches in the site's as that.</summary>
internal readonly record struct Arrival(bool IsFirst, bool IsFirstView, int Vouched, int VouchedViewer);

/// <summary>
/// The inner loop: rows into cells. Text is looked at once per distinct value of the group; a row then costs look-ups of
/// small numbers. Consecutive rows mostly fall on one site day; numbers of its cells are kept for that long (a turn).
/// </summary>
internal sealed class RowFold(ReferenceData reference, FoldPolicies policies, SiteDays days, BlockBuilder block)
{
    private const int FirstStatus = 100, LastStatus = 599;

    // A terabyte. What a line claims beyond it could make a sum overflow.
    private const long MostBytes = 1L << 40;

    private readonly GroupValues _values = new(reference);
    private readonly CachedCell[] _statusCells = new CachedCell[LastStatus + 2];
    private int _humanCell, _botCell;

    private EventSection _rows = null!;
    private RowOrigin _origin;
    private FoldPolicy _policy = FoldPolicy.BuiltIn;
    private SiteCalendar _calendar = null!;
    private byte[] _siteBytes = [];
    private SiteDay? _day;
    private int _dayNumber;
    private int _turn;
    private int _firstRow;

    /// <summary>Starts on a group's batch.</summary>
    public void Begin(EventBatchReader batch, in RowOrigin origin)
    {
        _values.Reset(batch);
        _origin = origin;
        _firstRow = 0;
    }

    /// <summary>Folds the next section of the batch and enters its rows in the books.</summary>
    public void Fold(EventSection section)
    {
        (_rows, _day) = (section, null);
        var site = section.Site?.Name ?? "";
        if (section.Site is { } stamp)
        {
            (_calendar, _siteBytes, _policy) = (days.CalendarOf(stamp), Encoding.UTF8.GetBytes(site), policies.Of(stamp)!);
            block.Under(_policy.Revision);
        }

        var (counted, duplicates) = (0, 0);
        for (var row = 0; row < section.Rows; row++)
        {
            if (_origin.Covered is not null && _origin.Covered.Contains(section.Positions[row]))
                duplicates++;
            else if (ReasonOf(row) is not Reason.None and var reason)
                Refuse(row, site, reason);
            else
            {
                Count(row);
                counted++;
            }
        }

        block.Enter(site, _origin.Import, Outcome.Counted, Reason.None, counted);
        block.Enter(site, _origin.Import, Outcome.Duplicate, Reason.None, duplicates);
        _firstRow += section.Rows;
    }

    private Reason ReasonOf(int row)
    {
        var reason = _rows.Reason(row);
        if (reason != Reason.None)
            return reason;
        if (_rows.Site is null)
            return Reason.UnknownSite;
        return CountedTimes.Contains(_rows.TimesMs[row]) ? Reason.None : Reason.BadTime;
    }

    private void Refuse(int row, string site, Reason reason)
    {
        block.Enter(site, _origin.Import, reason.IsDropped() ? Outcome.Dropped : Outcome.Rejected, reason, 1);
        if (!reason.IsDropped())
            block.Reject(new RejectedRow(_origin.Offset, _firstRow + row, site, reason, _origin.ReceivedMs));
    }

    private void Count(int row)
    {
        var (dayNumber, hour) = _calendar.At(_rows.TimesMs[row]);
        if (_day is null || dayNumber != _dayNumber)
            TurnTo(dayNumber);
        ref var pair = ref _values.PairOf(_rows.Address(row), _rows.Agent(row));
        if (pair.Turn != _turn)
            Resolve(ref pair);
        var status = _rows.Status(row);
        var isPixel = _rows.Flags(row).HasFlag(EventFlags.Pixel);
        var amount = new Counters { Requests = 1, Bytes = Math.Min(_rows.Bytes(row), MostBytes), Errors = status >= 400 ? 1 : 0 };
        AddTechnical(row, status, pair, amount);
        if (!pair.Class.IsHuman)
        {
            _day!.Cells[hour].Add(amount);
            return;
        }

        var isView = IsView(row, status, isPixel);
        amount.PageViews = isView ? 1 : 0;
        _day!.Cells[hour].Add(amount);
        AddAgentTrees(pair, amount);
        // A browser's event without a cookie adds requests and page views, never a visitor.
        var arrival = isPixel ? default : CountVisitor(ref pair, hour, isView);
        if (isView)
            AddPlaces(row, pair, amount, isVisitor: !isPixel, arrival);
    }

    private void TurnTo(int dayNumber)
    {
        _turn++;
        _dayNumber = dayNumber;
        _day = days.Find(_rows.Site!, _calendar, dayNumber, _policy, _origin.Offset, _origin.ReceivedMs);
        _day.IsLive |= _origin.IsLive;
        if (!_day.Hashers.Contains(_origin.Hasher))
            _day.Hashers.Add(_origin.Hasher);
        block.Touch(_day);
        (_humanCell, _botCell) = (_day.Cells.Find(Table.Agent, "human"), _day.Cells.Find(Table.Agent, "bot"));
    }

    private bool IsView(int row, int status, bool isPixel)
    {
        var path = _rows.Path(row);
        return isPixel
            ? _rows.Event(row) == 0 && _values.IsPage(path)
            : PageViews.IsPageStatus((uint)status) && _values.IsPage(path) && _values.IsGet(_rows.Method(row));
    }

    // Numbers of this pair on this site day.
    private void Resolve(ref Pair pair)
    {
        pair.Turn = _turn;
        pair.Visitor = -1;
        var cells = _day!.Cells;
        if (!pair.Class.IsHuman)
        {
            pair.Bot = cells.Find(Table.Bot, pair.Class.Bot!);
            return;
        }

        pair.Browser = cells.Find(Table.Browser, pair.Class.Browser);
        pair.Os = cells.Find(Table.Os, pair.Class.Os);
        pair.Device = cells.Find(Table.Device, pair.Class.Device);
        pair.Country = cells.Find(Table.Country, _values.CountryOf(pair.Address));
    }

    private int VisitorOf(ref Pair pair)
    {
        if (pair.Visitor >= 0)
            return pair.Visitor;
        if (!pair.HasKey)
            (pair.Key, pair.HasKey) = (_values.VisitorOf(_origin.Hasher, _siteBytes, pair), true);
        var visitor = _day!.FindVisitor(pair.Key);
        // State keys change with the day of receipt and the source; a visitor of this site day may be known under another.
        for (var i = 0; visitor < 0 && i < _day.Hashers.Count; i++)
        {
            if (_day.Hashers[i] != _origin.Hasher)
                visitor = _day.FindVisitor(_values.VisitorOf(_day.Hashers[i], _siteBytes, pair));
        }

        if (visitor < 0)
            visitor = _day.AddVisitor(pair.Key, _values.NetworkOf(_day.Hashers[0], pair.Address));
        return pair.Visitor = visitor;
    }

    private void AddTechnical(int row, int status, in Pair pair, in Counters amount)
    {
        var cells = _day!.Cells;
        if (status != 0)
            cells[StatusCell(status)].Add(amount);
        var method = _rows.Method(row);
        if (method != 0)
            cells[MethodCell(method)].Add(amount);
        cells[pair.Class.IsHuman ? _humanCell : _botCell].Add(amount);
        if (!pair.Class.IsHuman)
            cells[pair.Bot].Add(amount);
    }

    private int StatusCell(int status)
    {
        var isKnown = status is >= FirstStatus and <= LastStatus;
        ref var cached = ref _statusCells[isKnown ? status : LastStatus + 1];
        if (cached.Turn != _turn)
            cached = new CachedCell { Turn = _turn, Cell = _day!.Cells.Find(Table.Status, isKnown ? status.ToString(CultureInfo.InvariantCulture) : Labels.Other) };
        return cached.Cell;
    }

    private int MethodCell(int method)
    {
        ref var cached = ref _values[method].MethodCell;
        if (cached.Turn != _turn)
            cached = new CachedCell { Turn = _turn, Cell = _day!.Cells.Find(Table.Method, _values.MethodOf(method)) };
        return cached.Cell;
    }

    private int PageCell(int path)
    {
        ref var cached = ref _values[path].PageCell;
        if (cached.Turn != _turn)
            cached = new CachedCell { Turn = _turn, Cell = _day!.Cells.Find(Table.Page, _values.PageOf(path)) };
        return cached.Cell;
    }

    private int ReferrerCell(int referrer)
    {
        ref var cached = ref _values[referrer].ReferrerCell;
        if (cached.Turn != _turn)
            cached = new CachedCell { Turn = _turn, Cell = _day!.Cells.Find(Table.Referrer, _values.ReferrerOf(referrer, _rows.Site!)) };
        return cached.Cell;
    }

    private void AddAgentTrees(in Pair pair, in Counters amount)
    {
        var cells = _day!.Cells;
        cells[pair.Browser].Add(amount);
        cells[pair.Os].Add(amount);
        cells[pair.Device].Add(amount);
        cells[pair.Country].Add(amount);
    }

    private Arrival CountVisitor(ref Pair pair, byte hour, bool isView)
    {
        ref var visitor = ref _day![VisitorOf(ref pair)];
        var (isFirst, isFirstView) = (!visitor.HasRequested, isView && !visitor.HasViewed);
        (visitor.HasRequested, visitor.HasViewed) = (true, visitor.HasViewed || isView);
        if (!isFirst && !isFirstView)
            return default;
        var network = visitor.Network;
        var arrival = new Arrival(
            isFirst, isFirstView,
            isFirst ? _day.Vouch(SiteDay.WholeDay, network, Contribution.Visitor) : 0,
            isFirstView ? _day.Vouch(SiteDay.WholeDay, network, Contribution.Viewer) : 0);
        Add(ref _day.Cells[hour], arrival, arrival.Vouched, arrival.VouchedViewer);
        Arrive(pair.Browser, network, arrival);
        Arrive(pair.Os, network, arrival);
        Arrive(pair.Device, network, arrival);
        Arrive(pair.Country, network, arrival);
        return arrival;
    }

    // For tables in which a visitor has one label a day: first in the cell is first on the day.
    private void Arrive(int cell, int network, in Arrival arrival) => Add(
        ref _day!.Cells[cell], arrival,
        arrival.IsFirst ? _day.Vouch(cell, network, Contribution.Visitor) : 0,
        arrival.IsFirstView ? _day.Vouch(cell, network, Contribution.Viewer) : 0);

    // Entering vouches by the site's day, not by label: two of a network in each of many labels would else be many who
    // entered, and a rest of one stranger among them would be told.
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

    private void AddPlaces(int row, in Pair pair, in Counters amount, bool isVisitor, in Arrival arrival)
    {
        var (page, referrer) = (PageCell(_rows.Path(row)), ReferrerCell(_rows.Referrer(row)));
        _day!.Cells[page].Add(amount);
        _day.Cells[referrer].Add(amount);
        if (!isVisitor)
            return;
        ArriveAt(page, pair.Visitor, arrival);
        ArriveAt(referrer, pair.Visitor, arrival);
    }

    // For tables in which a visitor can have many labels a day.
    private void ArriveAt(int cell, int visitor, in Arrival arrival)
    {
        var network = _day![visitor].Network;
        ref var counters = ref _day.Cells[cell];
        if (_day.Enter(cell, visitor))
        {
            var vouched = _day.Vouch(cell, network, Contribution.Viewer);
            (counters.Visitors, counters.Viewers) = (counters.Visitors + 1, counters.Viewers + 1);
            (counters.Vouched, counters.VouchedViewers) = (counters.Vouched + vouched, counters.VouchedViewers + vouched);
        }

        if (arrival.IsFirstView)
            (counters.Entered, counters.VouchedEntered) = (counters.Entered + 1, counters.VouchedEntered + arrival.VouchedViewer);
    }
}
