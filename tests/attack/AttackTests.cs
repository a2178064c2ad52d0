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
        new Clauses("a label with an identifier in it is named") { WithholdsIdentifiers = false },
        new Clauses("the rest may be one label") { Policy = new ReleasePolicy(LeastLabels: 1) },
        new Clauses("entry and exit pages are told exactly") { EntriesAreInTens = false },
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

    // With k as the floor of what is withheld alone, one view beside 211 would be less than a twentieth, and two would not.
    [Fact]
    public void Rule_OneWhoIsLate_IsNotToldByABand()
    {
        var world = Staging.Of([.. Enumerable.Range(0, 211).Select(i => new Journey(0, i % 3 == 0 ? "/a" : "/b"))], new Journey(0, "/a"));
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    // Of 40 visits 20 and 30 began by /a and /b, in tens: 15 and 25. Of the 16 views of /a one was not the first.
    [Fact]
    public void Rule_WithoutARestOfTens_IsolatesSomebody()
    {
        Journey[] people =
        [
            .. Enumerable.Range(0, 15).Select(_ => new Journey(0, "/a")),
            .. Enumerable.Range(0, 25).Select(i => i == 0 ? new Journey(0, "/b", "/a") : new Journey(0, [.. Enumerable.Repeat("/b", i < 12 ? 2 : 1)])),
        ];
        var world = Staging.Of(people);
        Assert.Contains(new Attacker(world, DayPublishing.Of(world, new Clauses("all of tens") { TensHaveARest = false })).Isolate(), isolated => isolated.What == "views of '/a' that were not first" && isolated.People == 1);
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    /// <summary>Pages by devices; of every cell as many people see that page once, by that device.</summary>
    public static TheoryData<Clauses, int[][]> TakenOutOfPairs => new()
    {
        { new Clauses("pairs are exact") { Policy = new ReleasePolicy(Rounding: 1) }, [[3, 12, 13, 14], [12, 12, 13, 14], [13, 14, 15, 16], [14, 15, 16, 17]] },
        // Told as 20, 30 and 40 are 24, 34 and 44 in a row, and as 20, 30 and 40 are 15, 25 and 35 in a column.
        { new Clauses("a pair's line may leave few out") { LinesLeaveEnough = false }, [[2, 24, 34, 44], [15, 12, 12, 12], [25, 12, 12, 12], [35, 12, 12, 12]] },
        { new Clauses("pairs are told of single cells") { Policy = new ReleasePolicy(LeastNamed: 1) }, [[1, 24], [26, 24]] },
    };

    [Theory]
    [MemberData(nameof(TakenOutOfPairs), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClauseOfPairs_IsolatesSomebody(Clauses clauses, int[][] grid)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        var world = Staging.OfGrid(grid);
        var found = new Attacker(world, DayPublishing.Of(world, clauses)).Isolate().FirstOrDefault();
        Assert.NotNull(found);
        TestContext.Current.TestOutputHelper?.WriteLine($"{clauses}: {found}");
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    // Where tens move with every file, who sends one view at a time sees each figure at the tenth of them.
    [Fact]
    public void Rule_WithPairsToldAgain_IsolatesSomebody()
    {
        var world = Staging.Probed([[3, 12, 13, 14], [12, 12, 13, 14], [13, 14, 15, 16], [14, 15, 16, 17]], files: 9);
        var found = new Attacker(world, DayPublishing.Of(world, new Clauses("pairs are told again with what is late") { PairsOnlyAtTheClose = false })).Isolate().FirstOrDefault();
        Assert.NotNull(found);
        TestContext.Current.TestOutputHelper?.WriteLine($"pairs are told again: {found}");
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    [Fact]
    public void Rule_Grids_IsolatesNobodyByPairs() => AssertIsolatesNobodyByPairs(1, 15);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyGrids_IsolatesNobodyByPairs() => AssertIsolatesNobodyByPairs(16, 500);

    // By chance, and near those in which a rule without a clause tells somebody.
    private static void AssertIsolatesNobodyByPairs(int from, int through)
    {
        var told = 0;
        for (var seed = from; seed <= through; seed++)
        {
            var grid = seed % 2 == 0 ? Staging.Grid(seed) : Staging.Near((int[][])TakenOutOfPairs.ElementAt(seed / 2 % TakenOutOfPairs.Count).Data.Item2, seed);
            var world = Staging.OfGrid(grid);
            var answers = DayPublishing.Of(world, Rule);
            told += answers.Rows.Count(row => row.Table == Table.PageDevice);
            Assert.Empty(new Attacker(world, answers).Isolate().Select(isolated => $"grid {seed}: {isolated}"));
        }

        Assert.NotEqual(0, told);
    }

    private static void AssertIsolatesNobody(int from, int through)
    {
        var late = 0;
        for (var seed = from; seed <= through; seed++)
        {
            var world = seed <= Always ? WorldOf(seed) : Make(seed);
            var answers = DayPublishing.Of(world, Rule);
            late += answers.Rows.Count(row => row.Moment == Moment.Late);
            var found = new Attacker(world, answers).Isolate().Select(isolated => $"world {seed}: {isolated}").Take(5).ToList();
            Assert.True(found.Count == 0, string.Join('\n', found));
        }

        Assert.NotEqual(0, late);
    }

    private static World WorldOf(int seed) => Worlds.GetOrAdd(seed, Make);

    // In some a page has an identifier in its label.
    private static World Make(int seed) => WorldMaking.Make(seed) with { NamesSomebody = seed % 3 == 0 ? "/b" : null };
}
