using CsCheck;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>One visit of a site's day.</summary>
public sealed record Visit(int Visitor, IReadOnlyList<int> Pages, int Source, int SecondsEach)
{
    public const int Partitions = 2;

    public int Partition => Visitor % Partitions;

    public int Network => Visitor / (3 * Partitions);

    public bool IsNew => Visitor % 3 != 0;
}

/// <summary>What a visitor adds to a cell.</summary>
public enum Act
{
    View,
    Visit,
    Bounce,
    Course,
    Stay,
    New,
    Returning,
}

/// <summary>One visitor's addition to a cell by a block, and how it is counted.</summary>
/// <param name="IsFirst">The visitor's first of this kind in the cell.</param>
/// <param name="Vouches">Whether the visitor vouches for it.</param>
/// <param name="Entry">Of the visitor's first in the table, whether the visitor vouches as entering; else null.</param>
/// <param name="Seconds">What it adds to the sum of seconds.</param>
/// <param name="Capped">What it adds to the capped sum, of views or of seconds.</param>
public sealed record Fact(long Seq, Table Table, string Label, Act Act, int Visitor, bool IsFirst, bool Vouches, bool? Entry, long Times, long Seconds, long Capped)
{
    /// <summary>As counters.</summary>
    public Counters Counted()
    {
        var (first, vouches) = (IsFirst ? 1L : 0, IsFirst && Vouches ? 1L : 0);
        var counters = Act switch
        {
            Act.View => new Counters
            {
                Requests = Times, CappedRequests = Times, PageViews = Times, CappedViews = Capped, Visitors = first, Viewers = first, Vouched = vouches, VouchedViewers = vouches,
            },
            Act.Visit => new Counters { Visits = Times, VouchedVisiting = vouches },
            Act.Bounce => new Counters { Bounces = Times, VouchedBouncing = vouches },
            Act.Course => new Counters { VouchedStaying = vouches, VisitSeconds = Seconds, CappedVisitSeconds = Capped },
            Act.Stay => new Counters { Stays = Times, VouchedStays = vouches, StaySeconds = Seconds, CappedStaySeconds = Capped },
            Act.New => new Counters { NewVisitors = first, VouchedNew = vouches },
            _ => new Counters { VouchedReturning = vouches },
        };
        return Entry is { } entering ? counters with { Entered = 1, VouchedEntered = entering ? 1 : 0 } : counters;
    }
}

/// <summary>A day of visits, told as who did what by which block; where the close falls and when late data is settled.</summary>
public sealed record VisitWorld(IReadOnlyList<Fact> Facts, long Blocks, long CloseAfter, IReadOnlyList<long> SettleAfter)
{
    private static readonly Gen<Visit> Visits = Gen.Select(
        Gen.Int[0, 119], Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]).Select((a, b) => Math.Min(a, b)).Array[1, 4], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4]).Select((a, b) => Math.Min(a, b)), Gen.Int[10, 900])
        .Select((visitor, pages, source, seconds) => new Visit(visitor, pages, source, seconds));

    /// <summary>Worlds about the size at which thresholds bite; in some, one visitor does most.</summary>
    public static Gen<VisitWorld> Any { get; } =
        Gen.Select(Visits.Array[0, 400], Gen.Int[5, 80], Gen.Int[40, 100], Gen.Int[1, 6].Array[0, 4], Gen.Int[0, 3])
            .Select((visits, perBlock, closePercent, gaps, heavy) => Build(visits, perBlock, closePercent, gaps, isHeavy: heavy == 0));

    public IEnumerable<Fact> Between(long after, long through) => Facts.Where(fact => fact.Seq > after && fact.Seq <= through);

    private static VisitWorld Build(Visit[] visits, int perBlock, int closePercent, int[] gaps, bool isHeavy)
    {
        var blocks = visits.GroupBy(visit => visit.Partition).SelectMany(partition => partition.Chunk(perBlock).Select((chunk, i) => (chunk, i))).OrderBy(block => block.i).Select(block => block.chunk).ToList();
        var counting = new Counting(isHeavy);
        for (var i = 0; i < blocks.Count; i++)
            counting.Count(i + 1, blocks[i]);
        long close = blocks.Count * closePercent / 100;
        var settles = gaps.Aggregate(new List<long>(), (all, gap) => { all.Add((all.Count == 0 ? close : all[^1]) + gap); return all; });
        return new VisitWorld(counting.Facts, blocks.Count, close, [.. settles.Where(at => at <= blocks.Count)]);
    }

    private sealed class Counting(bool isHeavy)
    {
        private const int Heavy = 120;
        private const long MostViews = 20;
        private const long MostStaySeconds = 300;
        private const long MostVisitSeconds = 1800;
        private readonly HashSet<(Table, string, Act, int Visitor)> _seen = [];
        private readonly HashSet<(Table, int Visitor)> _entered = [];
        private readonly Dictionary<(Table, string, Act, int Network, int Partition), int> _ofNetwork = [];
        private readonly Dictionary<(Table, string, Act, int Visitor), long> _shares = [];

        public List<Fact> Facts { get; } = [];

        public void Count(long seq, Visit[] visits)
        {
            foreach (var visit in visits)
                Count(seq, visit);
        }

        private void Count(long seq, Visit visit)
        {
            var pages = visit.Pages.Select(page => $"/{page}").ToList();
            var source = visit.Source == 0 ? Labels.Direct : $"site {visit.Source}";
            var weight = isHeavy && visit.Visitor == 0 ? Heavy : 1;
            var vouchesForSite = Add(seq, Table.Site, "", Act.View, visit, pages.Count * weight);
            Add(seq, Table.Site, "", visit.IsNew ? Act.New : Act.Returning, visit);
            for (var i = 0; i < pages.Count; i++)
            {
                Add(seq, Table.Page, pages[i], Act.View, visit, weight, vouchesForSite);
                Add(seq, Table.PageSource, Labels.Pair(pages[i], source), Act.View, visit, weight, vouchesForSite);
                if (i + 1 == pages.Count)
                    continue;
                Add(seq, Table.PageNextPage, Labels.Pair(pages[i], pages[i + 1]), Act.View, visit, weight, vouchesForSite);
                Add(seq, Table.Page, pages[i], Act.Stay, visit, seconds: visit.SecondsEach * weight, cap: MostStaySeconds);
            }

            foreach (var (table, label) in new[] { (Table.Site, ""), (Table.EntryPage, pages[0]), (Table.ExitPage, pages[^1]), (Table.Source, source) })
            {
                Add(seq, table, label, Act.Visit, visit, entering: table == Table.Site ? null : vouchesForSite);
                if (pages.Count == 1)
                    Add(seq, table, label, Act.Bounce, visit);
                else
                    Add(seq, table, label, Act.Course, visit, seconds: visit.SecondsEach * weight * (pages.Count - 1), cap: MostVisitSeconds);
            }
        }

        private bool Add(
            long seq, Table table, string label, Act act, Visit visit, int times = 1, bool? entering = null, long seconds = 0, long cap = MostViews)
        {
            var isFirst = _seen.Add((table, label, act, visit.Visitor));
            var network = (table, label, act, visit.Network, visit.Partition);
            if (isFirst)
                _ofNetwork[network] = _ofNetwork.GetValueOrDefault(network) + 1;
            var vouches = isFirst && _ofNetwork[network] <= 2;
            var entry = entering is { } by && _entered.Add((table, visit.Visitor)) ? by : (bool?)null;
            var share = (table, label, act, visit.Visitor);
            var before = _shares.GetValueOrDefault(share);
            _shares[share] = before + (seconds > 0 ? seconds : times);
            var capped = Math.Min(cap, _shares[share]) - Math.Min(cap, before);
            Facts.Add(new Fact(seq, table, label, act, visit.Visitor, isFirst, vouches, entry, times, seconds, capped));
            return vouches;
        }
    }
}

/// <summary>The rule as it is, or with one clause broken.</summary>
public sealed record VisitVariant(string Name)
{
    public ReleasePolicy Policy { get; init; } = ReleasePolicy.InForce;
    /// <summary>What the rule is told of a cell instead of the truth.</summary>
    public Func<Table, Counters, Counters> Distort { get; init; } = (_, counters) => counters;

    public override string ToString() => Name;
}

/// <summary>Runs a world of visits through the rule.</summary>
public static class VisitPublishing
{
    /// <summary>A page whose label may not be named.</summary>
    public const string Unnameable = "/2";

    private static readonly DateOnly Day = new(2026, 1, 31);

    public static List<Publication> Run(VisitWorld world, VisitVariant rule)
    {
        var publications = new List<Publication>();
        var state = new DayState { Day = Day };
        foreach (var through in world.SettleAfter.Prepend(world.CloseAfter))
        {
            var decision = DayRelease.Settle(state, GainOf(world, state, through, rule), rule.Policy, (_, label) => label != Unnameable);
            publications.Add(new Publication(state, decision.State, decision.Rows));
            state = decision.State;
        }

        return publications;
    }

    private static DayGain GainOf(VisitWorld world, DayState state, long through, VisitVariant rule)
    {
        var people = new SiteCells();
        people.AddSite(9, Site(world, state.SiteCovered, through, rule));
        var trees = Table.All.Where(table => table.HasSealedLabels)
            .ToDictionary(table => table, table => (IReadOnlyDictionary<string, Counters>)Cells(world, table, state.TreeCovered(table), through, rule));
        return new DayGain(people, people, trees, through) { Visits = Site(world, state.VisitsCovered, through, rule) };
    }

    private static Counters Site(VisitWorld world, long after, long through, VisitVariant rule) =>
        Cells(world, Table.Site, after, through, rule).GetValueOrDefault("");

    private static Dictionary<string, Counters> Cells(VisitWorld world, Table table, long after, long through, VisitVariant rule) =>
        world.Between(after, through).Where(fact => fact.Table == table).GroupBy(fact => fact.Label)
            .ToDictionary(cell => cell.Key, cell => rule.Distort(table, cell.Aggregate(default(Counters), (sum, fact) => { sum.Add(fact.Counted()); return sum; })));
}
