using System.Collections.Immutable;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// What has been decided about a site's day. "Covered" is the sequence number of the last block whose cells are
/// published, all of them; what lies after it is withheld.
/// </summary>
public sealed record DayState
{
    /// <summary>The day in the site's timezone.</summary>
    public required DateOnly Day { get; init; }
    /// <summary>Whether every partition is done with the day.</summary>
    public bool Closed { get; init; }
    /// <summary>Every block through here has been looked at.</summary>
    public long Evaluated { get; init; }
    /// <summary>Steps of the open day released so far.</summary>
    public int Steps { get; init; }
    /// <summary>Visitors and page views of the site's table.</summary>
    public long SiteCovered { get; init; }
    /// <summary>Requests, bytes, errors of the site's table, and the technical tables.</summary>
    public long TechnicalCovered { get; init; }
    /// <summary>Visits of the site's table, and what belongs to them.</summary>
    public long VisitsCovered { get; init; }
    /// <summary>Each tree; a tree that is missing has nothing published.</summary>
    public ImmutableDictionary<Table, long> TreesCovered { get; init; } = ImmutableDictionary<Table, long>.Empty;
    /// <summary>Requests published.</summary>
    public long Requests { get; init; }
    /// <summary>Visitors published.</summary>
    public long Visitors { get; init; }
    /// <summary>Page views published.</summary>
    public long PageViews { get; init; }
    /// <summary>Visits published.</summary>
    public long Visits { get; init; }
    /// <summary>The site's people of a closed day of which none is told, for its week and month; else zero. Where the day was <see cref="Forgotten"/>, those until then. What tells people and page views, the rest stays out.</summary>
    public Counters Waiting { get; init; }
    /// <summary>What is withheld, by table; a table that is missing withholds nothing.</summary>
    public ImmutableDictionary<Table, Band> Withheld { get; init; } = ImmutableDictionary<Table, Band>.Empty;

    /// <summary>
    /// The day where some of its visitors are no longer known since this block: whoever comes again counts once more, so
    /// that what was counted until then is never told together with what comes after.
    /// </summary>
    public DayState Forgotten(long since)
    {
        return this with
        {
            SiteCovered = Covered(SiteCovered),
            TechnicalCovered = Covered(TechnicalCovered),
            VisitsCovered = Covered(VisitsCovered),
            TreesCovered = DayRelease.Trees.Concat(DayRelease.Pairs).Aggregate(TreesCovered, (covered, table) => covered.SetItem(table, Covered(TreeCovered(table)))),
        };

        // What was looked at meanwhile, of other partitions, may wait for the week already.
        long Covered(long covered) => covered >= since ? covered : Math.Max(since, Evaluated);
    }

    /// <summary>The last block published of a tree, 0 when there is none.</summary>
    public long TreeCovered(Table tree) => TreesCovered.GetValueOrDefault(tree);

    /// <summary>How much of a table is withheld.</summary>
    public Band WithheldOf(Table table) => Withheld.GetValueOrDefault(table);
}

/// <summary>What a day has beyond what is published.</summary>
/// <param name="People">The site's cells after <see cref="DayState.SiteCovered"/>.</param>
/// <param name="Technical">The site's and technical cells after <see cref="DayState.TechnicalCovered"/>.</param>
/// <param name="Trees">Each tree's cells after its own <see cref="DayState.TreeCovered"/>, by label; of a day that is not closed yet each pair's too.</param>
/// <param name="Through">The last block that is in any of them.</param>
public sealed record DayGain(SiteCells People, SiteCells Technical, IReadOnlyDictionary<Table, IReadOnlyDictionary<string, Counters>> Trees, long Through)
{
    private static readonly Dictionary<string, Counters> None = [];

    /// <summary>The site's sums after <see cref="DayState.VisitsCovered"/>.</summary>
    public Counters Visits { get; init; }

    /// <summary>The cells of a tree or pair.</summary>
    public IReadOnlyDictionary<string, Counters> Cells(Table table) => Trees.GetValueOrDefault(table, None);

    /// <summary>One cell; zero where there is none.</summary>
    public Counters Cell(Table table, string label) => Cells(table).GetValueOrDefault(label);
}

/// <summary>What to publish, and the state once it is published.</summary>
public sealed record DayDecision(IReadOnlyList<PublishedRow> Rows, DayState State);
