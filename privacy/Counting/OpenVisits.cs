namespace KpTelemetry.Privacy.Counting;

/// <summary>The visits of a site day that still take page views, and those of their page views that can still change places.</summary>
internal sealed class OpenVisits(FoldPolicy policy, long closesAtMs)
{
    /// <summary>No visit; no view.</summary>
    public const int None = 0;

    private readonly PriorityQueue<int, long> _due = new();
    private Pool<Visit> _visits = new();
    private Pool<OpenView> _views = new();

    // Of the visits, those that ended before their turn to be asked.
    private int _gone;

    /// <summary>How many visits and page views it holds.</summary>
    public long Entries => _visits.Count + _views.Count;

    /// <summary>By when, in log time, one of its visits can be final at the earliest.</summary>
    public long NextDueMs => _due.TryPeek(out _, out var dueMs) ? dueMs : long.MaxValue;

    public ref Visit this[int visit] => ref _visits[visit];

    /// <summary>Of the visits that the newest of a visitor leads to, the earliest that a page view of that time belongs to.</summary>
    public int Accepting(int newest, long timeMs)
    {
        var found = None;
        for (var visit = newest; visit != None; visit = _visits[visit].Next)
        {
            ref var open = ref _visits[visit];
            if (timeMs >= open.FirstMs - policy.VisitGapMs && timeMs <= open.LastMs + policy.VisitGapMs && (found == None || open.FirstMs < _visits[found].FirstMs))
                found = visit;
        }

        return found;
    }

    /// <summary>Begins a visit of a visitor, whose newest it becomes.</summary>
    public void Begin(ref int newest, int visitor, in PageView view)
    {
        var visit = _visits.Rent();
        ref var begun = ref _visits[visit];
        begun = new Visit
        {
            FirstMs = view.TimeMs,
            LastMs = view.TimeMs,
            ReceivedMs = view.ReceivedMs,
            Import = view.Import,
            Visitor = visitor,
            Entry = view.Page,
            Exit = view.Page,
            Source = view.Source,
            Campaign = view.Campaign,
            IsAwaited = true,
            Next = newest,
        };
        newest = visit;
        TryPlace(ref begun, view.TimeMs, view.Page);
        begun.Views = 1;
        _due.Enqueue(visit, DueMs(begun));
    }

    /// <summary>Puts a page view in its place by time, behind those of the same time. False where that is before one whose place is final.</summary>
    public bool TryPlace(ref Visit visit, long timeMs, int page)
    {
        var isWhole = !visit.HasFinalViews;
        var view = _views.Rent();
        ref var place = ref visit.NewestView;
        while (place != None && _views[place].TimeMs > timeMs)
            place = ref _views[place].Older;
        if (place == None && !isWhole)
        {
            _views.Return(view);
            return false;
        }

        _views[view] = new OpenView { TimeMs = timeMs, Page = page, Older = place };
        place = view;
        visit.OpenViews++;
        return true;
    }

    /// <summary>Takes out the oldest page view that can still change its place.</summary>
    public OpenView TakeOldest(ref Visit visit)
    {
        ref var oldest = ref OldestOf(ref visit);
        var (number, view) = (oldest, _views[oldest]);
        oldest = None;
        _views.Return(number);
        visit.OpenViews--;
        return view;
    }

    /// <summary>The oldest page view that can still change its place.</summary>
    public OpenView Oldest(ref Visit visit) => _views[OldestOf(ref visit)];

    /// <summary>Hands the page views of a visit over to an earlier one.</summary>
    public void Hand(ref Visit later, ref Visit earlier)
    {
        if (earlier.OpenViews > 0)
            _views[OldestOf(ref later)].Older = earlier.NewestView;
        (earlier.NewestView, earlier.OpenViews) = (later.NewestView, earlier.OpenViews + later.OpenViews);
    }

    /// <summary>Removes a visit, which has no page views any more, from those of its visitor.</summary>
    public void Remove(ref int newest, int visit)
    {
        ref var link = ref newest;
        while (link != visit)
            link = ref _visits[link].Next;
        link = _visits[visit].Next;
        _visits[visit].IsGone = true;
        // Until its turn comes its number must not be another's, who would be asked for twice.
        if (!_visits[visit].IsAwaited)
            _visits.Return(visit);
        else
            _gone++;
        if (_visits.Count == _gone)
            Clear();
    }

    /// <summary>Adds the visits that are final by a time of the log.</summary>
    public void AddDue(long watermarkMs, List<int> visits)
    {
        while (_due.TryPeek(out var visit, out var dueMs) && dueMs <= watermarkMs)
        {
            _due.Dequeue();
            ref var open = ref _visits[visit];
            if (open.IsGone)
            {
                _visits.Return(visit);
                _gone--;
            }
            else if (DueMs(open) is var later && later > watermarkMs)
                _due.Enqueue(visit, later);
            else
            {
                open.IsAwaited = false;
                visits.Add(visit);
            }
        }
    }

    /// <summary>Adds those of the visits that the condition holds for.</summary>
    public void AddWhere(Func<Visit, bool> condition, List<int> visits)
    {
        foreach (var (visit, _) in _due.UnorderedItems)
        {
            if (!_visits[visit].IsGone && condition(_visits[visit]))
                visits.Add(visit);
        }
    }

    /// <summary>Writes the visits and their page views.</summary>
    public void Save(BinaryWriter writer)
    {
        _visits.Save(writer);
        _views.Save(writer);
        writer.Write(_gone);
        writer.Write(_due.Count);
        foreach (var (visit, dueMs) in _due.UnorderedItems)
        {
            writer.Write(visit);
            writer.Write(dueMs);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static OpenVisits Load(BinaryReader reader, FoldPolicy policy, long closesAtMs)
    {
        var visits = new OpenVisits(policy, closesAtMs) { _visits = Pool<Visit>.Load(reader), _views = Pool<OpenView>.Load(reader), _gone = reader.ReadInt32() };
        for (var count = reader.ReadInt32(); count > 0; count--)
            visits._due.Enqueue(reader.ReadInt32(), reader.ReadInt64());
        return visits;
    }

    // A day whose visits are all final is not asked again, and takes no room for them.
    private void Clear()
    {
        _due.Clear();
        (_visits, _views, _gone) = (new Pool<Visit>(), new Pool<OpenView>(), 0);
    }

    // When the visit is final, by log time, if nothing comes any more. For one that came in time, that is no later than the
    // close of its day; for one of a file, its end mostly comes before.
    private long DueMs(in Visit visit)
    {
        var dueMs = visit.Import == Guid.Empty
            ? Math.Max(visit.LastMs, visit.ReceivedMs) + policy.VisitGapMs + FoldBounds.VisitDelayMs
            : visit.ReceivedMs + FoldBounds.FileIdleMs;
        return visit.ReceivedMs < closesAtMs ? Math.Min(dueMs, closesAtMs) : dueMs;
    }

    private ref int OldestOf(ref Visit visit)
    {
        ref var link = ref visit.NewestView;
        while (_views[link].Older != None)
            link = ref _views[link].Older;
        return ref link;
    }
}

/// <summary>A visit that still takes page views. Cells are numbers of the day on which it began.</summary>
internal struct Visit
{
    public long FirstMs, LastMs;
    /// <summary>Log time of the last group that added to it.</summary>
    public long ReceivedMs;
    public long StaySeconds;
    /// <summary>The import that added to it last; none for live ones.</summary>
    public Guid Import;
    public int Visitor;
    /// <summary>Cells of pages.</summary>
    public int Entry, Exit;
    /// <summary>Cells, as the entry has them.</summary>
    public int Source, Campaign;
    public int Views;
    public int Stays;
    /// <summary>The newest of its page views that can still change places, and how many these are.</summary>
    public int NewestView, OpenViews;
    /// <summary>Another visit of the visitor.</summary>
    public int Next;
    /// <summary>Whether its turn to be asked whether it is final comes yet, and whether it ended before that.</summary>
    public bool IsAwaited, IsGone;

    public readonly bool HasFinalViews => Views > OpenViews;
}

/// <summary>A page view whose place in its visit can still change.</summary>
internal struct OpenView
{
    public long TimeMs;
    public int Page;
    public int Older;
}

/// <summary>A page view of a visitor on its way into a visit; cells are those of the visit's day.</summary>
internal readonly record struct PageView(long TimeMs, int Page, int Source, int Campaign, long ReceivedMs, Guid Import);
