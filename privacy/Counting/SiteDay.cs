using System.Runtime.CompilerServices;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What a partition knows of one day of one site: who was there, in which cells, from which networks, and the visits that began then.</summary>
/// <param name="before">The day before, where its state lives: a visit that began then may take page views of this day.</param>
/// <param name="policy">Of the revision of its first event: a day is counted under one.</param>
internal sealed class SiteDay(string site, int day, SiteCalendar calendar, FoldPolicy policy, long firstOffset, SiteDay? before)
{
    /// <summary>Stands for the whole day where cells are asked for: the site's visitors vouch once a day, not once an hour.</summary>
    public const int WholeDay = int.MaxValue;

    /// <summary>The visitor of rows that tell none.</summary>
    public const int Nobody = -1;

    private const int MostOfNetwork = 2;

    private readonly KeyTable _visitors = new();
    private readonly KeyTable _networks = new();
    private readonly PairTable<Share> _shares = new();
    private readonly PairTable<uint> _vouchers = new();
    private Visitor[] _states = new Visitor[16];
    private Share _nobodys = Share.Full;

    public string Site { get; } = site;
    public DateOnly Day { get; } = DateOnly.FromDayNumber(day);
    public SiteCalendar Calendar { get; } = calendar;
    public long EndsAtMs { get; } = calendar.EndOf(day);

    public FoldPolicy Policy { get; } = policy;

    /// <summary>When the day closes, by log time.</summary>
    public long ClosesAtMs => EndsAtMs + Policy.LatenessMs;

    /// <summary>Until when its visits take page views, by event time: so that those that came in time are final when the day closes.</summary>
    public long VisitsEndAtMs => EndsAtMs + Math.Max(0, Math.Min(Policy.LatenessMs, FoldBounds.LongestTailMs) - Policy.VisitGapMs - FoldBounds.VisitDelayMs);

    /// <summary>How long its state outlives its close: the shortest that a revision of its events says.</summary>
    public long StateLivesMs { get; set; } = policy.StateLivesMs;

    /// <summary>Where in the log its state begins.</summary>
    public long FirstOffset { get; } = firstOffset;

    /// <summary>From where the log must be read to have its state: that of the day before decides which of its first page views begin a visit.</summary>
    public long DependsFrom { get; } = Math.Min(firstOffset, before?.FirstOffset ?? firstOffset);

    /// <summary>Log time of the last group that touched it.</summary>
    public long TouchedMs { get; set; }

    /// <summary>Whether the block at hand has live events of this day.</summary>
    public bool IsLive { get; set; }

    /// <summary>Whether the block at hand adds to it.</summary>
    public bool IsTouched { get; set; }

    public CellTable Cells { get; } = new();

    /// <summary>The visits that began on this day and still take page views.</summary>
    public OpenVisits Visits { get; } = new(policy, calendar.EndOf(day) + policy.LatenessMs);

    /// <summary>The keys that its visitors are known under.</summary>
    public List<VisitorHasher> Hashers { get; } = [];

    /// <summary>How many things it remembers.</summary>
    public long Entries => _visitors.Count + _networks.Count + _shares.Count + _vouchers.Count + Cells.Count + Visits.Entries;

    /// <summary>The visitor's number, or <see cref="Nobody"/>.</summary>
    public int FindVisitor(UInt128 key) => _visitors.Find(key);

    public int AddVisitor(UInt128 key, UInt128 network, in AgentCells labels)
    {
        var visitor = _visitors.Add(key);
        if (visitor == _states.Length)
            Array.Resize(ref _states, visitor * 2);
        _states[visitor] = new Visitor { Network = _networks.FindOrAdd(network), Labels = labels };
        return visitor;
    }

    public ref Visitor this[int visitor] => ref _states[visitor];

    /// <summary>The visitor's share of the day, whatever the cell.</summary>
    public ref Share ShareOfDay(int visitor) => ref visitor == Nobody ? ref _nobodys : ref _states[visitor].OfDay;

    /// <summary>The visitor's share of a cell. Who is in <see cref="FoldBounds.MostCells"/> cells adds to others as nobody. Valid until another share is asked for.</summary>
    public ref Share ShareOf(int cell, int visitor)
    {
        if (visitor == Nobody)
            return ref _nobodys;
        ref var share = ref _shares.Find(cell, visitor, out var slot);
        if (!Unsafe.IsNullRef(ref share))
            return ref share;
        ref var cells = ref _states[visitor].Cells;
        if (cells == FoldBounds.MostCells)
            return ref _nobodys;
        cells++;
        return ref _shares.Add(cell, visitor, slot);
    }

    /// <summary>1 for the first two of a network that are counted in this cell as that, 0 for more of them.</summary>
    public int Vouch(int cell, int network, Contribution contribution)
    {
        ref var counts = ref _vouchers[cell, network];
        if (((counts >> (int)contribution) & 3) == MostOfNetwork)
            return 0;
        counts += 1u << (int)contribution;
        return 1;
    }
}

/// <summary>What a visitor has done on the day.</summary>
internal struct Visitor
{
    public int Network;
    /// <summary>Where the visitor counts in tables of one label a day: by the first request.</summary>
    public AgentCells Labels;
    public Share OfDay;
    /// <summary>The age of the visitor's id, as <see cref="Schemas.Raw.EventRow.ClientAge"/>; the first that was told.</summary>
    public byte Age;
    /// <summary>How many cells the visitor has a share in.</summary>
    public int Cells;
    /// <summary>The newest of the visitor's open visits, or <see cref="OpenVisits.None"/>.</summary>
    public int Visit;
}

/// <summary>Cells of the tables in which a visitor has one label a day.</summary>
internal struct AgentCells
{
    public int Browser, Os, Device, Country;
}

/// <summary>As what a visitor vouches in a cell; the values are places of two bits.</summary>
internal enum Contribution
{
    Visitor = 0,
    Viewer = 2,
    Visiting = 4,
    Bouncing = 6,
    Staying = 8,
    Followed = 10,
    New = 12,
    Returning = 14,
    OnPath = 16,
}
