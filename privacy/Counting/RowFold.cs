using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Where rows come from, and what of their group decides about them.</summary>
internal readonly record struct RowOrigin(long Offset, long ReceivedMs, long WatermarkMs, Guid Import, IntervalSet? Covered, VisitorHasher Hasher)
{
    public bool IsLive => Import == Guid.Empty;
}

/// <summary>
/// The inner loop: rows into cells. Text is looked at once per distinct value of the group; a row then costs look-ups of
/// small numbers. Consecutive rows mostly fall on one site day; numbers of its cells are kept for that long (a turn).
/// </summary>
internal sealed class RowFold(ReferenceData reference, FoldPolicies policies, SiteDays days, ClientEvents clientEvents, VisitFold visits, BlockBuilder block) : IDisposable
{
    // A terabyte. What a line claims beyond it could make a sum overflow.
    private const long MostBytes = 1L << 40;

    private readonly GroupValues _values = new(reference);
    private readonly TurnCells _cells = new();

    // Runs of clients are known in this memory only, hence under a key that is nowhere else: which one makes no difference to the numbers.
    private readonly VisitorHasher _runHasher = new("", RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));

    private EventSection _rows = null!;
    private RowOrigin _origin;
    private FoldPolicy _policy = FoldPolicy.BuiltIn;
    private SiteCalendar _calendar = null!;
    private byte[] _siteBytes = [];
    private SiteDay? _day, _before;
    private int _dayNumber;
    private int _turn;
    private long _section;
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
        _section++;
        var site = section.Site?.Name ?? "";
        if (section.Site is { } stamp)
        {
            (_calendar, _siteBytes, _policy) = (days.CalendarOf(stamp), Encoding.UTF8.GetBytes(site), policies.Of(stamp)!);
            block.Under(_policy.Revision);
            if (policies.Meet(stamp))
                days.Reconsider();
            _values.ReadFor(stamp);
        }

        var (counted, duplicates) = (0, 0);
        for (var row = 0; row < section.Rows; row++)
        {
            if (_origin.Covered is not null && _origin.Covered.Contains(section.Positions[row]))
                duplicates++;
            else if (ReasonOf(row) is not Reason.None and var reason)
                Refuse(row, site, reason);
            else if (section.Nonce(row) != 0 && RepeatOf(row) is not Repeat.New and var repeat)
            {
                if (repeat == Repeat.Known)
                    duplicates += Repeated(row);
                else
                    Refuse(row, site, Reason.TooOld);
            }
            else
            {
                Count(row);
                counted++;
            }
        }

        days.Advance(section.Rows);
        block.Enter(site, _origin.Import, Outcome.Counted, Reason.None, counted);
        block.Enter(site, _origin.Import, Outcome.Duplicate, Reason.None, duplicates);
        _firstRow += section.Rows;
    }

    public void Dispose() => _runHasher.Dispose();

    private Reason ReasonOf(int row)
    {
        var reason = _rows.Reason(row);
        if (reason != Reason.None)
            return reason;
        if (_rows.Site is null)
            return Reason.UnknownSite;
        return CountedTimes.Contains(_rows.TimesMs[row]) ? Reason.None : Reason.BadTime;
    }

    private Repeat RepeatOf(int row) =>
        clientEvents.Take(_values.RunOf(_runHasher, _siteBytes, _rows.Nonce(row)), _rows.Counter(row), _rows.TimesMs[row], _origin, policies.LifeAt(_rows.TimesMs[row]).LivesMs);

    // To whoever replays from behind the first, it is no repeat: the day must not live longer for them.
    private int Repeated(int row)
    {
        days.Touch(_rows.Site!, _calendar.At(_rows.TimesMs[row]).Day, _origin.ReceivedMs);
        return 1;
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
            _cells.Resolve(ref pair, _turn);
        var status = _rows.Status(row);
        var amount = new RowAmount { Bytes = Math.Min(_rows.Bytes(row), MostBytes), Errors = status >= 400 ? 1 : 0 };
        AddTechnical(row, status, pair, amount);
        if (!pair.Class.IsHuman)
        {
            amount.AddTo(ref _day!.Cells[hour]);
            return;
        }

        var isPixel = _rows.Flags(row).HasFlag(EventFlags.Pixel);
        amount.PageViews = IsView(row, status, isPixel) ? 1 : 0;
        ref var person = ref PersonOf(row, ref pair, isPixel);
        var visitor = Unsafe.IsNullRef(ref person) ? SiteDay.Nobody : VisitorOf(ref person, pair);
        var arrival = CountVisitor(row, visitor, pair, hour, amount);
        if (amount.PageViews == 0)
            return;
        var page = AddPlaces(row, visitor, pair, amount, arrival.Entering);
        if (visitor != SiteDay.Nobody)
            AddToVisit(row, page, visitor, ref person);
    }

    private void TurnTo(int dayNumber)
    {
        _turn++;
        _dayNumber = dayNumber;
        _day = days.Find(_rows.Site!, _calendar, dayNumber, _policy, _origin.Offset, _origin.ReceivedMs);
        _before = days.Before(_rows.Site!, dayNumber);
        _day.IsLive |= _origin.IsLive;
        if (!_day.Hashers.Contains(_origin.Hasher))
            _day.Hashers.Add(_origin.Hasher);
        block.Touch(_day);
        _cells.TurnTo(_turn, _day, _rows.Site!, _values);
    }

    private bool IsView(int row, int status, bool isPixel)
    {
        var path = _rows.Path(row);
        return isPixel
            ? _rows.Event(row) == 0 && _values.IsPage(path)
            : PageViews.IsPageStatus((uint)status) && _values.IsPage(path) && _values.IsGet(_rows.Method(row));
    }

    private void AddTechnical(int row, int status, in Pair pair, in RowAmount amount)
    {
        var cells = _day!.Cells;
        if (status != 0)
            amount.AddTo(ref cells[_cells.Status(status)]);
        var method = _rows.Method(row);
        if (method != 0)
            amount.AddTo(ref cells[_cells.Method(method)]);
        amount.AddTo(ref cells[_cells.Agent(pair.Class)]);
        if (!pair.Class.IsHuman)
            amount.AddTo(ref cells[pair.Bot]);
    }

    // A browser's event without a cookie adds requests and page views, never a visitor.
    private ref Person PersonOf(int row, ref Pair pair, bool isPixel)
    {
        var client = _rows.Client(row);
        ref var person = ref client != 0 ? ref _values.ClientOf(client) : ref pair.Person;
        if (client == 0 && isPixel)
            return ref Unsafe.NullRef<Person>();
        // Sections share values; a visitor is one of a site.
        if (person.Section != _section)
            (person.Key, person.Section) = (_values.KeyOf(_origin.Hasher, _siteBytes, person), _section);
        if (person.Turn != _turn)
            (person.Turn, person.Visitor, person.Before) = (_turn, SiteDay.Nobody, SiteDay.Nobody);
        return ref person;
    }

    private int VisitorOf(ref Person person, in Pair pair)
    {
        if (person.Visitor == SiteDay.Nobody)
            person.Visitor = Find(_day!, person);
        if (person.Visitor == SiteDay.Nobody)
            person.Visitor = _day!.AddVisitor(person.Key, _values.NetworkOf(_day.Hashers[0], pair.Address), pair.Labels);
        return person.Visitor;
    }

    // State keys change with the day of receipt and the source; a visitor of this site day may be known under another.
    private int Find(SiteDay day, in Person person)
    {
        var visitor = day.FindVisitor(person.Key);
        for (var i = 0; visitor == SiteDay.Nobody && i < day.Hashers.Count; i++)
        {
            if (day.Hashers[i] != _origin.Hasher)
                visitor = day.FindVisitor(_values.KeyOf(day.Hashers[i], _siteBytes, person));
        }

        return visitor;
    }

    private Arrival CountVisitor(int row, int visitor, in Pair pair, byte hour, RowAmount amount)
    {
        ref var share = ref _day!.ShareOfDay(visitor);
        amount.Take(ref share, _day.Policy);
        var (isFirst, isFirstView) = (share.First(Mark.Visitor), amount.PageViews > 0 && share.First(Mark.Viewer));
        if (visitor == SiteDay.Nobody)
        {
            AddToTrees(hour, pair.Labels, amount);
            return default;
        }

        ref var state = ref _day[visitor];
        if (state.Age == 0)
            state.Age = (byte)_rows.ClientAge(row);
        AddToTrees(hour, state.Labels, amount);
        if (!isFirst && !isFirstView)
            return default;
        var arrival = new Arrival(
            isFirst, isFirstView,
            isFirst ? Arriving.OfDay(_day, visitor, Mark.Visitor) : 0,
            isFirstView ? Arriving.OfDay(_day, visitor, Mark.Viewer) : 0);
        if (isFirst)
            share.Add(Arriving.MarkOf(state.Age));
        Arriving.InSite(_day, hour, state, arrival);
        foreach (var cell in (ReadOnlySpan<int>)[state.Labels.Browser, state.Labels.Os, state.Labels.Device, state.Labels.Country])
            Arriving.InLabel(_day, cell, state, arrival);
        return arrival;
    }

    private void AddToTrees(byte hour, in AgentCells labels, in RowAmount amount)
    {
        var cells = _day!.Cells;
        amount.AddTo(ref cells[hour]);
        amount.AddTo(ref cells[labels.Browser]);
        amount.AddTo(ref cells[labels.Os]);
        amount.AddTo(ref cells[labels.Device]);
        amount.AddTo(ref cells[labels.Country]);
    }

    // The cell of the page.
    private int AddPlaces(int row, int visitor, in Pair pair, in RowAmount amount, int? entering)
    {
        var page = _cells.Page(_rows.Path(row));
        AddPlace(page, visitor, amount, entering);
        AddPlace(_cells.Referrer(_rows.Referrer(row)), visitor, amount, entering);
        var device = visitor == SiteDay.Nobody ? pair.Labels.Device : _day![visitor].Labels.Device;
        Arriving.InPair(_day!, _day!.Cells.FindPair(Table.PageDevice, page, device), visitor, entering);
        return page;
    }

    private void AddPlace(int cell, int visitor, RowAmount amount, int? entering)
    {
        ref var share = ref _day!.ShareOf(cell, visitor);
        amount.Take(ref share, _day.Policy);
        ref var counters = ref _day.Cells[cell];
        amount.AddTo(ref counters);
        if (visitor != SiteDay.Nobody)
            Arriving.InCell(_day, ref counters, cell, _day[visitor], ref share, entering);
    }

    private void AddToVisit(int row, int page, int visitor, ref Person person)
    {
        var timeMs = _rows.TimesMs[row];
        var visit = _day!.Visits.Accepting(_day[visitor].Visit, timeMs);
        if (visit == OpenVisits.None && TryAddToVisitOfDayBefore(row, ref person))
            return;
        var view = new PageView(timeMs, page, _cells.Source(_rows.Referrer(row), _rows.Campaign(row)), _cells.Campaign(_rows.Campaign(row)), _origin.ReceivedMs, _origin.Import);
        if (visit == OpenVisits.None)
            visits.Begin(_day, visitor, view);
        else
            visits.Join(_day, visit, view);
    }

    // Midnight does not cut a visit: it belongs to the day on which it began.
    private bool TryAddToVisitOfDayBefore(int row, ref Person person)
    {
        var timeMs = _rows.TimesMs[row];
        if (_before is null || timeMs > _before.VisitsEndAtMs)
            return false;
        days.Use(_before);
        if (person.Before == SiteDay.Nobody)
            person.Before = Find(_before, person);
        if (person.Before == SiteDay.Nobody || _before.Visits.Accepting(_before[person.Before].Visit, timeMs) is not (not OpenVisits.None and var visit))
            return false;
        // Later than its entry, which alone has a source.
        visits.Join(_before, visit, new PageView(timeMs, _before.Cells.Find(Table.Page, _values.PageOf(_rows.Path(row))), 0, 0, _origin.ReceivedMs, _origin.Import));
        return true;
    }
}

/// <summary>What a row adds to each of its cells.</summary>
internal struct RowAmount
{
    public long Bytes;
    public int Errors, PageViews;
    private int _cappedRequests, _cappedViews;

    /// <summary>Takes what a visitor's share has left for it.</summary>
    public void Take(ref Share share, FoldPolicy policy) =>
        (_cappedRequests, _cappedViews) = (share.Request(policy), PageViews > 0 ? share.View(policy) : 0);

    public readonly void AddTo(ref Counters counters)
    {
        counters.Requests++;
        counters.Bytes += Bytes;
        counters.Errors += Errors;
        counters.PageViews += PageViews;
        counters.CappedRequests += _cappedRequests;
        counters.CappedViews += _cappedViews;
    }
}
