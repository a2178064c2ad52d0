using System.Collections.Concurrent;
using KpTelemetry.Attack.Tests.Attacking;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>The attacker against the rule, and against rules of which one clause is taken out.</summary>
public sealed class AttackTests
{
    private const int Always = 150;
    private const int Long = 4000;
    private const int MostSought = 600;

    private static readonly Clauses Rule = new("as it is");
    private static readonly ConcurrentDictionary<int, World> Worlds = new();

    public static TheoryData<Clauses> TakenOut =>
    [
        new Clauses("k is one less") { Policy = new ReleasePolicy(K: 10), StepPolicy = new ReleasePolicy(K: 10) },
        new Clauses("steps of any size") { StepPolicy = new ReleasePolicy(K: 1) },
        new Clauses("no step stays back, and the close tells what is left") { HoldsBack = false },
        new Clauses("every visitor vouches") { Distort = c => c with { Vouched = c.Visitors, VouchedViewers = c.Viewers, VouchedEntered = c.Entered } },
        new Clauses("the rest is told however few it concerns") { Rest = RestRule.OfAnySize },
        new Clauses("a small rest is left out and no named cell drawn in") { Rest = RestRule.LeftOut },
        new Clauses("the rest adds up visitors of overlapping labels") { Distort = c => c with { VouchedEntered = c.Vouched } },
        new Clauses("a tree moves without the site's total") { TreesMoveWithSite = false },
        new Clauses("technical counts move with every block") { TechnicalMovesInSteps = false },
        new Clauses("every hour is told by itself") { RunsOfHours = false },
        new Clauses("late data is told at once") { LateSuffices = false },
        new Clauses("what is withheld is told as a figure") { TellsBands = false },
        new Clauses("bands have no floor") { BandsHaveAFloor = false },
        new Clauses("a sum may be mostly one visitor's") { Policy = new ReleasePolicy(MostOfCapped: 1000), StepPolicy = new ReleasePolicy(MostOfCapped: 1000) },
        new Clauses("bounces are told with one side of enough people") { RatiosHaveBothSides = false },
        new Clauses("no label is silent beside one that has to be") { Policy = new ReleasePolicy(SilentBeside: 0) },
        new Clauses("trees tell bytes") { TreesTellNoBytes = false },
        new Clauses("visitors of a label are told whoever is left") { KeepsComplements = false },
    ];

    [Fact]
    public void Rule_AnyWorld_IsolatesNobody() => AssertIsolatesNobody(1, Always);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyWorlds_IsolatesNobody() => AssertIsolatesNobody(Always + 1, Long);

    [Theory]
    [MemberData(nameof(TakenOut), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClause_IsolatesSomebody(Clauses clauses)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        for (var seed = 1; seed <= MostSought; seed++)
        {
            var world = WorldOf(seed);
            if (new Attacker(world, DayPublishing.Of(world, clauses)).Isolate().FirstOrDefault() is not { } found)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"{clauses}: world {seed}, {found}");
            return;
        }

        Assert.Fail($"{clauses}: nobody isolated in {MostSought} worlds");
    }

    [Fact]
    public void Rule_Crowds_IsolatesNobodyByPairs()
    {
        var told = 0;
        for (var seed = 1; seed <= 6; seed++)
        {
            var world = WorldMaking.MakeCrowd(seed);
            var answers = DayPublishing.Of(world, Rule);
            told += answers.Rows.Count(row => row.Table == Table.PageDevice);
            Assert.Empty(new Attacker(world, answers).Isolate().Select(isolated => $"crowd {seed}: {isolated}"));
        }

        Assert.NotEqual(0, told);
    }

    private static void AssertIsolatesNobody(int from, int through)
    {
        var late = 0;
        for (var seed = from; seed <= through; seed++)
        {
            var world = WorldMaking.Make(seed);
            var answers = DayPublishing.Of(world, Rule);
            late += answers.Rows.Count(row => row.Moment == Moment.Late);
            var found = new Attacker(world, answers).Isolate().Select(isolated => $"world {seed}: {isolated}").Take(5).ToList();
            Assert.True(found.Count == 0, string.Join('\n', found));
        }

        Assert.NotEqual(0, late);
    }

    private static World WorldOf(int seed) => Worlds.GetOrAdd(seed, WorldMaking.Make);
}
