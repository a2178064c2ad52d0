namespace KpTelemetry.Privacy.Counting;

/// <summary>What a partition knows of one day of one site: who was there, in which cells, from which networks.</summary>
internal sealed class SiteDay(string site, int day, long endsAtMs, FoldPolicy policy, long firstOffset)
{
    /// <summary>Stands for the whole day where cells are asked for: the site's visitors vouch once a day, not once an hour.</summary>
    public const int WholeDay = int.MaxValue;

    private const int MostOfNetwork = 2;
    private const byte PresentMark = 1;

    private readonly KeyTable _visitors = new();
    private readonly KeyTable _networks = new();
    private readonly PairTable _visitorsInCell = new();
    private readonly PairTable _vouchers = new();
    private Visitor[] _states = new Visitor[16];

    public string Site { get; } = site;
    public DateOnly Day { get; } = DateOnly.FromDayNumber(day);
    public long EndsAtMs { get; } = endsAtMs;

    /// <summary>How long it waits for late events after its end.</summary>
    public long LatenessMs { get; } = policy.LatenessMs;

    /// <summary>How long its state outlives its close.</summary>
    public long StateLivesMs { get; set; } = policy.StateLivesMs;

    /// <summary>Where in the log its state begins.</summary>
    public long FirstOffset { get; } = firstOffset;

    /// <summary>Log time of the last group that touched it.</summary>
    public long TouchedMs { get; set; }

    /// <summary>Whether the block at hand has live events of this day.</summary>
    public bool IsLive { get; set; }

    /// <summary>Whether the block at hand adds to it.</summary>
    public bool IsTouched { get; set; }

    public CellTable Cells { get; } = new();

    /// <summary>The keys that its visitors are known under.</summary>
    public List<VisitorHasher> Hashers { get; } = [];

    /// <summary>The visitor's number, or -1.</summary>
    public int FindVisitor(UInt128 key) => _visitors.Find(key);

    public int AddVisitor(UInt128 key, UInt128 network)
    {
        var visitor = _visitors.Add(key);
        if (visitor == _states.Length)
            Array.Resize(ref _states, visitor * 2);
        _states[visitor] = new Visitor { Network = _networks.FindOrAdd(network) };
        return visitor;
    }

    public ref Visitor this[int visitor] => ref _states[visitor];

    /// <summary>Whether the visitor is in the cell for the first time.</summary>
    public bool Enter(int cell, int visitor)
    {
        ref var mark = ref _visitorsInCell[cell, visitor];
        var isFirst = mark == 0;
        mark = PresentMark;
        return isFirst;
    }

    /// <summary>1 for the first two of a network that are counted in this cell as that, 0 for more of them.</summary>
    public int Vouch(int cell, int network, Contribution contribution)
    {
        ref var counts = ref _vouchers[cell, network];
        if (((counts >> (int)contribution) & 3) == MostOfNetwork)
            return 0;
        counts += (byte)(1 << (int)contribution);
        return 1;
    }
}

/// <summary>What a visitor has done on the day.</summary>
internal struct Visitor
{
    public int Network;
    public bool HasRequested;
    public bool HasViewed;
}

/// <summary>As what a visitor counts in a cell; the values are places of two bits.</summary>
internal enum Contribution
{
    Visitor = 0,
    Viewer = 2,
}
