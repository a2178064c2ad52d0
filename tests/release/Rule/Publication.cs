using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>The rule as it is, or with one clause broken.</summary>
public sealed record RuleVariant(string Name)
{
    public ReleasePolicy Policy { get; init; } = ReleasePolicy.InForce;
    /// <summary>Steps wait for the next one.</summary>
    public bool HoldsBack { get; init; } = true;
    /// <summary>What the rule is told of a cell instead of the truth.</summary>
    public Func<Counters, Counters> Distort { get; init; } = counters => counters;
    /// <summary>What is left of the rows that the rule decided on.</summary>
    public Func<PublishedRow, bool> Keeps { get; init; } = _ => true;

    public override string ToString() => Name;
}

/// <summary>A moment at which rows were published: what the blocks between two covered numbers gave.</summary>
public sealed record Publication(DayState Before, DayState After, IReadOnlyList<PublishedRow> Rows);

/// <summary>Runs a world through the rule, as the publisher does.</summary>
public static class Publishing
{
    private static readonly DateOnly Day = new(2026, 1, 31);

    public static List<Publication> Run(World world, RuleVariant rule)
    {
        var publications = new List<Publication>();
        var state = new DayState { Day = Day };
        var gathering = new StepGathering(rule.Policy, 0);
        var bare = new Step(new SiteCells(), 0);
        foreach (var block in world.Blocks.Take(world.CloseAfter).Where(_ => world.Stepping))
        {
            var step = rule.HoldsBack ? gathering.Gather(block.Site, block.Seq) : Bare(block);
            if (step is not null)
                Apply(DayRelease.Release(state, step));
        }

        foreach (var at in world.SettleAfter.Prepend(world.CloseAfter))
            Apply(DayRelease.Settle(state, GainOf(world, state, at, rule), rule.Policy));
        return publications;

        void Apply(DayDecision decision)
        {
            publications.Add(new Publication(state, decision.State, [.. decision.Rows.Where(rule.Keeps)]));
            state = decision.State;
        }

        Step? Bare(Block block)
        {
            bare = new Step(Sum([bare.Cells, block.Site]), block.Seq);
            if (!Sufficing.People(bare.Cells.Total, rule.Policy))
                return null;
            var full = bare;
            bare = new Step(new SiteCells(), block.Seq);
            return full;
        }
    }

    public static IEnumerable<Block> Between(World world, long after, long through) => world.Blocks.Where(b => b.Seq > after && b.Seq <= through);

    public static Dictionary<string, Counters> TreeSum(IEnumerable<Block> blocks, Table tree)
    {
        var sum = new Dictionary<string, Counters>();
        foreach (var (label, counters) in blocks.SelectMany(b => b.Trees[tree]))
        {
            var cell = sum.GetValueOrDefault(label);
            cell.Add(counters);
            sum[label] = cell;
        }

        return sum;
    }

    public static SiteCells Sum(IEnumerable<SiteCells> blocks)
    {
        var sum = new SiteCells();
        foreach (var cells in blocks)
            sum.Add(cells);
        return sum;
    }

    private static DayGain GainOf(World world, DayState state, long through, RuleVariant rule)
    {
        var trees = Table.All.Where(t => t.Kind == TableKind.Tree).ToDictionary(t => t, t => (IReadOnlyDictionary<string, Counters>)(World.Trees.Contains(t)
            ? TreeSum(Between(world, state.TreeCovered(t), through), t).ToDictionary(c => c.Key, c => rule.Distort(c.Value))
            : []));
        return new DayGain(
            Distorted(Sum(Between(world, state.SiteCovered, through).Select(b => b.Site)), rule),
            Sum(Between(world, state.TechnicalCovered, through).Select(b => b.Site)), trees, through);
    }

    private static SiteCells Distorted(SiteCells cells, RuleVariant rule)
    {
        var distorted = new SiteCells();
        for (var hour = 0; hour < SiteCells.Hours; hour++)
            distorted.AddSite(hour, rule.Distort(cells.Hour(hour)));
        return distorted;
    }
}
