namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// What a partition knows of one day of one site. While nothing happens on it, what it knows of visitors lies packed, in
/// less than eight bytes an entry; whoever asks for it unpacks it. That makes no difference to any number.
/// </summary>
/// <param name="before">The day before, where its state lives: a visit that began then may take page views of this day.</param>
/// <param name="policy">Of the revision of its first event: a day is counted under one.</param>
internal sealed class SiteDay(string site, int day, SiteCalendar calendar, FoldPolicy policy, long firstOffset, SiteDay? before)
{
    /// <summary>Stands for the whole day where cells are asked for: the site's visitors vouch once a day, not once an hour.</summary>
    public const int WholeDay = int.MaxValue;

    /// <summary>The visitor of rows that tell none.</summary>
    public const int Nobody = -1;

    private DayTables? _tables = new(new OpenVisits(policy, calendar.EndOf(day) + policy.LatenessMs));
    private Packed? _packed;

    // What has to be known of a packed day.
    private sealed record Packed(byte[] Tables, long Entries, int TouchedCells, long NextDueMs);

    public string Site { get; } = site;
    public DateOnly Day { get; } = DateOnly.FromDayNumber(day);
    public SiteCalendar Calendar { get; } = calendar;
    public long EndsAtMs { get; } = calendar.EndOf(day);

    public FoldPolicy Policy { get; } = policy;

    /// <summary>When the day closes, by log time.</summary>
    public long ClosesAtMs => EndsAtMs + Policy.LatenessMs;

    /// <summary>Until when its visits take page views, by event time: so that those that came in time are final when the day closes.</summary>
    public long VisitsEndAtMs => EndsAtMs + Math.Max(0, Math.Min(Policy.LatenessMs, FoldBounds.LongestTailMs) - Policy.VisitGapMs - FoldBounds.VisitDelayMs);

    /// <summary>Where in the log its state begins.</summary>
    public long FirstOffset { get; } = firstOffset;

    /// <summary>From where the log must be read to have its state: that of the day before decides which of its first page views begin a visit.</summary>
    public long DependsFrom { get; } = Math.Min(firstOffset, before?.FirstOffset ?? firstOffset);

    /// <summary>Log time of the last group that touched it.</summary>
    public long TouchedMs { get; set; }

    /// <summary>How many rows the partition had folded when it was last unpacked or asked for.</summary>
    public long UsedAtRow { get; set; }

    /// <summary>Whether the block at hand has live events of this day.</summary>
    public bool IsLive { get; set; }

    /// <summary>Whether the block at hand adds to it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Whether no block before the one at hand has added to it since its state began.</summary>
    public bool IsNew { get; set; } = true;

    /// <summary>The keys that its visitors are known under.</summary>
    public List<VisitorHasher> Hashers { get; } = [];

    public CellTable Cells => Tables.Cells;

    /// <summary>The visits that began on this day and still take page views.</summary>
    public OpenVisits Visits => Tables.Visits;

    public bool IsPacked => _packed is not null;

    /// <summary>How many bytes it is packed into.</summary>
    public int PackedBytes => _packed?.Tables.Length ?? 0;

    /// <summary>How many things it remembers.</summary>
    public long Entries => _packed?.Entries ?? Tables.Entries;

    /// <summary>How many cells the block at hand adds to.</summary>
    public int TouchedCells => _packed?.TouchedCells ?? Cells.TouchedCount;

    /// <summary>By when, in log time, one of its visits can be final at the earliest.</summary>
    public long NextDueMs => _packed?.NextDueMs ?? Visits.NextDueMs;

    public ref Visitor this[int visitor] => ref Tables[visitor];

    private DayTables Tables => _tables ?? Unpack();

    /// <summary>The visitor's number, or <see cref="Nobody"/>.</summary>
    public int FindVisitor(UInt128 key) => Tables.FindVisitor(key);

    /// <summary>The number of a visitor who is not known yet; <see cref="Nobody"/> where the day has <see cref="FoldBounds.MostVisitors"/>.</summary>
    public int AddVisitor(UInt128 key, UInt128 network, in AgentCells labels) => Tables.AddVisitor(key, network, labels);

    /// <summary>The visitor's share of the day, whatever the cell.</summary>
    public ref Share ShareOfDay(int visitor) => ref Tables.ShareOfDay(visitor);

    /// <summary>
    /// The visitor's share of a cell. Who is in <see cref="FoldBounds.MostCells"/> cells adds to others as nobody, and so does
    /// everybody in new cells once the day has <see cref="FoldBounds.MostShares"/>. Valid until another share is asked for.
    /// </summary>
    public ref Share ShareOf(int cell, int visitor) => ref Tables.ShareOf(cell, visitor);

    /// <summary>1 for the first two of a network that are counted in this cell as that, 0 for more of them.</summary>
    public int Vouch(int cell, int network, Mark mark) => Tables.Vouch(cell, network, mark);

    /// <summary>Packs what it knows of visitors.</summary>
    public void Pack(StatePacking packing)
    {
        if (_tables is not { } tables)
            return;
        _packed = new Packed(packing.Pack(tables.Save), tables.Entries, tables.Cells.TouchedCount, tables.Visits.NextDueMs);
        _tables = null;
    }

    private DayTables Unpack()
    {
        _tables = StatePacking.Unpack(_packed!.Tables, reader => DayTables.Load(reader, Policy, ClosesAtMs));
        _packed = null;
        return _tables;
    }
}
