namespace KpTelemetry.Privacy.Counting;

/// <summary>What a visitor has added to a cell on the day: as what they count there already, and how far their share of each capped sum is used up. </summary>
internal struct Share
{
    private ushort _requests, _views, _visitViews, _visitSeconds, _staySeconds;

    /// <summary>As what the visitor counts.</summary>
    public Mark Marks { get; private set; }

    /// <summary>The share of nobody: nothing more can be added, nothing is for the first time.</summary>
    public static Share Full { get; } = new()
    {
        Marks = (Mark)ushort.MaxValue,
        _requests = ushort.MaxValue,
        _views = ushort.MaxValue,
        _visitViews = ushort.MaxValue,
        _visitSeconds = ushort.MaxValue,
        _staySeconds = ushort.MaxValue,
    };

    /// <summary>Whether the visitor is that for the first time; from now on, they are.</summary>
    public bool First(Mark mark)
    {
        var isFirst = !Marks.HasFlag(mark);
        Marks |= mark;
        return isFirst;
    }

    /// <summary>From now on, the visitor is that.</summary>
    public void Add(Mark mark) => Marks |= mark;

    /// <summary>What a request adds to its capped sum, 1 or 0. The others likewise.</summary>
    public int Request(FoldPolicy policy) => Take(ref _requests, 1, policy.MostRequests);

    public int View(FoldPolicy policy) => Take(ref _views, 1, policy.MostViews);

    public int VisitViews(int views, FoldPolicy policy) => Take(ref _visitViews, views, policy.MostViews);

    public int VisitSeconds(long seconds, FoldPolicy policy) => Take(ref _visitSeconds, seconds, policy.MostVisitSeconds);

    public int StaySeconds(long seconds, FoldPolicy policy) => Take(ref _staySeconds, seconds, policy.MostStaySeconds);

    private static int Take(ref ushort used, long amount, int most)
    {
        var taken = (int)Math.Clamp(amount, 0, Math.Max(0, most - used));
        used += (ushort)taken;
        return taken;
    }
}

/// <summary>As what a visitor counts in a cell, or on the day, once each.</summary>
[Flags]
internal enum Mark : ushort
{
    None = 0,
    Visitor = 1,
    Viewer = 2,
    Visiting = 4,
    Bouncing = 8,
    /// <summary>Has had a visit of more than one page view.</summary>
    Staying = 16,
    /// <summary>Has had a page view that another one followed.</summary>
    Followed = 32,
    /// <summary>Counted with an id given less than a week ago.</summary>
    New = 64,
    /// <summary>Counted with an older id.</summary>
    Returning = 128,
    /// <summary>On the day: has a label in the table of pages by source.</summary>
    OnPath = 256,
    /// <summary>On the day: has a label in the table of pages by next page.</summary>
    GoneOn = 512,
}
