using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Gathers what the groups of the block at hand come to.</summary>
internal sealed class BlockBuilder(StatePacking packing)
{
    private readonly Dictionary<(string Site, Guid Import, Outcome Outcome, Reason Reason), long> _books = [];
    private readonly Dictionary<(Guid Source, GroupKind Kind), IntervalSet> _covered = [];
    private readonly Dictionary<string, (long First, long Last)> _keys = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _policies = new(StringComparer.Ordinal);
    private readonly List<SiteDay> _touched = [];
    private readonly Dictionary<(string Site, DateOnly Day), int> _told = [];
    private List<Cell> _cells = [];
    private List<TouchedDay> _days = [];
    private List<RejectedRow> _rejected = [];
    private List<ImportEnd> _ends = [];
    private List<AccessEntry> _access = [];
    private List<ClockMark> _marks = [];
    private long _firstReceivedMs;

    /// <summary>Events so far, whatever their outcome.</summary>
    public long Rows { get; private set; }

    /// <summary>Events for the access record so far.</summary>
    public int AccessEvents => _access.Count;

    public int CellCount => _cells.Count + _touched.Sum(day => day.TouchedCells);

    public void Begin(long receivedMs) => _firstReceivedMs = _firstReceivedMs == 0 ? receivedMs : _firstReceivedMs;

    public void Enter(string site, Guid import, Outcome outcome, Reason reason, long events)
    {
        if (events == 0)
            return;
        var key = (site, import, outcome, reason);
        _books[key] = _books.GetValueOrDefault(key) + events;
        Rows += events;
    }

    public void Reject(in RejectedRow row) => _rejected.Add(row);

    public void End(ImportEnd end) => _ends.Add(end);

    public void Name(string key, long offset) => _keys[key] = (_keys.TryGetValue(key, out var known) ? known.First : offset, offset);

    public void Under(string policy) => _policies.Add(policy);

    public void Add(AccessEntry access) => _access.Add(access);

    /// <summary>Takes note of a move of the clock, or of an import's end, after the access events so far.</summary>
    public void Mark(long throughMs, Guid? import)
    {
        var mark = new ClockMark(_access.Count, throughMs, import);
        if (import is null && _marks.Count > 0 && _marks[^1] is { Import: null } last && last.Before == mark.Before)
            _marks[^1] = mark;
        else
            _marks.Add(mark);
    }

    public void Cover(Guid source, GroupKind kind, long from, long to)
    {
        if (!_covered.TryGetValue((source, kind), out var ranges))
            _covered.Add((source, kind), ranges = new IntervalSet());
        ranges.Add(from, to);
    }

    /// <summary>Takes note of a day before the block first adds to it.</summary>
    public void Touch(SiteDay day)
    {
        if (day.IsTouched)
            return;
        day.IsTouched = true;
        // Its figures go by the revision of its first event, whichever revisions this block's events have.
        _policies.Add(day.Policy.Revision);
        _touched.Add(day);
    }

    /// <summary>Takes over what the block has added to a day before the block ends.</summary>
    public void Release(SiteDay day)
    {
        if (!day.IsTouched)
            return;
        _touched.Remove(day);
        Take(day);
    }

    public BlockContent Finish(long watermarkMs, long? stateFrom)
    {
        foreach (var day in _touched)
        {
            var isPacked = day.IsPacked;
            Take(day);
            if (isPacked)
                day.Pack(packing);
        }

        var content = new BlockContent
        {
            Cells = _cells,
            Books = [.. _books.Select(entry => new BookEntry(entry.Key.Site, entry.Key.Import, entry.Key.Outcome, entry.Key.Reason, entry.Value))],
            Rejected = _rejected,
            Covered = [.. _covered.Select(entry => new CoveredSource(entry.Key.Source, entry.Key.Kind, entry.Value.Intervals))],
            Days = _days,
            ImportEnds = _ends,
            Access = _access,
            Marks = _marks,
            Keys = [.. _keys.Select(key => new NamedKey(key.Key, key.Value.First, key.Value.Last))],
            Policies = [.. _policies],
            LogDay = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(_firstReceivedMs == 0 ? watermarkMs : _firstReceivedMs).UtcDateTime),
            WatermarkMs = watermarkMs,
            StateFrom = stateFrom,
            Rows = Rows,
        };
        Clear();
        return content;
    }

    private void Take(SiteDay day)
    {
        day.Cells.TakeInto(_cells, day.Site, day.Day);
        Tell(new TouchedDay(day.Site, day.Day, day.EndsAtMs, day.Policy.LatenessMs, day.IsLive, day.IsNew));
        (day.IsLive, day.IsTouched, day.IsNew) = (false, false, false);
    }

    // Once for each state of the day: a second time says that its visitors were forgotten in between.
    private void Tell(TouchedDay day)
    {
        if (!day.Began && _told.TryGetValue((day.Site, day.Day), out var place))
        {
            _days[place] = _days[place] with { IsLive = _days[place].IsLive || day.IsLive };
            return;
        }

        _told[(day.Site, day.Day)] = _days.Count;
        _days.Add(day);
    }

    private void Clear()
    {
        _books.Clear();
        _covered.Clear();
        _keys.Clear();
        _policies.Clear();
        _touched.Clear();
        _told.Clear();
        (_cells, _days, _rejected, _ends, _access, _marks) = ([], [], [], [], [], []);
        (_firstReceivedMs, Rows) = (0, 0);
    }
}
