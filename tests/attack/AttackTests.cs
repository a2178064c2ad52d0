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
    private const long Many = 1000;

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
        new Clauses("new visitors are told however few") { Distort = c => c with { VouchedNew = c.NewVisitors > 0 ? Many : 0 } },
        new Clauses("new visitors do not ask who was here before") { Distort = c => c with { VouchedReturning = Many } },
        new Clauses("bounces do not ask who stayed") { Distort = c => c with { VouchedStaying = Many } },
        new Clauses("visits that stayed do not ask who bounced") { Distort = c => c with { VouchedBouncing = Many } },
        new Clauses("seconds may be of few beside many who did not stay") { Policy = new ReleasePolicy(LeastShares: 0) },
        new Clauses("page views do not ask who looked") { Distort = c => c with { VouchedViewers = c.PageViews > 0 ? Many : 0 } },
        new Clauses("requests do not ask whose they are") { Distort = c => c with { Vouched = Many } },
        new Clauses("a rest tells bounces") { RestsTellNothingFurther = false },
        new Clauses("visits do not ask who visits") { Distort = c => c with { VouchedVisiting = c.Visits } },
        new Clauses("visits of no campaign or cohort are left out") { EveryVisitHasALabel = false },
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

    [Fact]
    public void Rule_WithPairsThatDoNotAskTheirTrees_NamesSomebody()
    {
        var world = Staging.OfGrid([.. Enumerable.Repeat<int[]>([13, 14, 15, 16], 4)]) with { NamesSomebody = "/b" };
        Assert.Contains(new Attacker(world, DayPublishing.Of(world, new Clauses("pairs do not ask their trees") { PairsAskTheirTrees = false })).Isolate(), isolated => isolated.Table.Kind == TableKind.Pair);
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    // 15 page views of three people are late for a day between others of which nothing is withheld.
    [Fact]
    public void Rule_WithBandsAddedUpOverRanges_TellsWhatIsWithheld()
    {
        int[] told = [.. Enumerable.Range(0, 61).Select(i => 40 + (i * 29 % 37))];
        const int Late = 30, Withheld = 15;
        var ranges = (from first in Enumerable.Range(0, Late + 1) from last in Enumerable.Range(Late, told.Length - Late) select told[first..(last + 1)].Sum()).Distinct().ToList();
        Assert.Equal([Withheld], Fitting(views => [.. ranges.Select(range => Bands.Of(true, views, range, ReleasePolicy.InForce))]));
        Assert.True(Fitting(views => [.. ranges.Select(_ => Bands.Of(true, views, told[Late], ReleasePolicy.InForce))]).Count > 100);

        static List<int> Fitting(Func<int, Band[]> seen) => [.. Enumerable.Range(1, 1000).Where(views => seen(views).SequenceEqual(seen(Withheld)))];
    }

    // With k as the floor of what is withheld alone, one view beside 211 would be less than a twentieth, and two would not.
    [Fact]
    public void Rule_OneWhoIsLate_IsNotToldByABand()
    {
        var world = Staging.Of([.. Enumerable.Range(0, 211).Select(i => new Journey(0, i % 3 == 0 ? "/a" : "/b"))], new Journey(0, "/a"));
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
        var found = new Attacker(world, DayPublishing.Of(world, new Clauses("bands have a floor on one side") { BandsHaveAFloorOnBothSides = false })).Isolate();
        Assert.Contains(found, isolated => isolated.People == 1);
    }

    // 27 steps of 11 are told and the next is held. With somebody, and four of its own, the attacker sees 16 turn the band.
    [Fact]
    public void Rule_WithBandsThatTurnInBetween_IsolatesSomebody()
    {
        var world = Staging.Trickling(28 * 11, 0, 1, 12, 30);
        var answers = DayPublishing.Of(world, new Clauses("bands turn with whatever comes") { BandsTurnWithSteps = false });
        Assert.Contains(new Attacker(world, answers).Isolate(), isolated => isolated.What.EndsWith("by bands,", StringComparison.Ordinal) && isolated.People == 1);
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    // The attacker looks again and again, so that views turn the band, whoever else came.
    [Fact]
    public void Rule_WithBandsThatTurnInBetween_IsolatesSomebodyWherePeopleLookAgain()
    {
        var turning = new Clauses("bands turn with whatever comes") { BandsTurnWithSteps = false };
        var found = Enumerable.Range(1, 10).Select(i => Trickling(2 * i, isWatched: true)).SelectMany(world => new Attacker(world, DayPublishing.Of(world, turning)).Isolate().Select(isolated => $"trickle {world.Seed}: {isolated}"));
        TestContext.Current.TestOutputHelper?.WriteLine(Assert.Single(found.Take(1)));
    }

    [Fact]
    public void Rule_DaysThatTrickle_IsolateNobodyByBands() => AssertIsolatesNobodyByBands(1, 8);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyDaysThatTrickle_IsolateNobodyByBands() => AssertIsolatesNobodyByBands(9, 400);

    private static void AssertIsolatesNobodyByBands(int from, int through)
    {
        for (var seed = from; seed <= through; seed++)
        {
            var world = Trickling(seed, isWatched: seed % 4 < 2);
            Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate().Select(isolated => $"trickle {seed}: {isolated}"));
        }
    }

    // In every second one people look again; in those that are watched the attacker sends about when a band could turn.
    private static World Trickling(int seed, bool isWatched)
    {
        var random = new Random(seed);
        int[] numbers = isWatched
            ? [random.Next(280, 340), random.Next(0, 3), random.Next(1, 4), 14, random.Next(20, 60)]
            : [random.Next(20, 260), .. Enumerable.Range(0, 6).Select(_ => random.Next(0, 14)), random.Next(20, 40)];
        return Staging.Trickling(seed, seed % 2 == 0 ? random.Next(1, 40) / 100.0 : 0, numbers);
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

    /// <summary>Clauses that chance seldom meets, each with a world in which it counts.</summary>
    public static TheoryData<Clauses, Journey[], string> TakenOutOfVisits => new()
    {
        // The source (campaign) has 43, of which the named campaign 40.
        { new Clauses("visits of no campaign are drawn in like others") { NoCampaignGoesLast = false }, [.. Come(30), .. Come(40, "spring"), .. Come(3, "autumn")], "visits of 'autumn'" },
        // All campaigns have 14, of the 19 that are of no named source.
        {
            new Clauses("visits of campaigns are drawn in like other sources") { CampaignsGoLast = false },
            [.. Come(20), .. Come(14, "spring"), .. Come(17, referrer: "https://www.google.com/search"), .. Come(5, referrer: "https://t.example/")], "visits of 't.example'"
        },
        // Of 37 visits 15 are of new visitors, as the site tells, and 17 of those of last week.
        {
            new Clauses("visits of new visitors are drawn in like other cohorts") { NewGoesLast = false },
            [.. Come(15, age: 1), .. Come(17, age: 2), .. Come(5)], "visits of '(unknown)'"
        },
        // 24 of the 38 views of /a went on, as both roundings together tell: 300 seconds each. One who saw /b went on, after long.
        {
            new Clauses("no page is silent beside one that has to be") { Policy = new ReleasePolicy(SilentBeside: 0) },
            [.. See(14, 0, "/a"), .. See(24, 300, "/a", "/b"), .. See(1, 1700, "/b", "/c"), .. See(3, 0, "/b"), .. See(10, 0, "/d"), .. See(6, 0, "/e")], "seconds on pages that do not tell them"
        },
        // 5 of the 30 views of /b went on: told as 10, and the exits as 30.
        {
            new Clauses("time on a page does not ask who stayed") { Distort = c => c with { VouchedStays = c.Stays > 0 ? Many : 0 } },
            [.. See(30, 300, "/a", "/d"), .. See(15, 0, "/a"), .. See(14, 300, "/e", "/d"), .. See(12, 0, "/e"), .. See(5, 400, "/b", "/d"), .. See(25, 0, "/b")], "views of '/b' that another followed"
        },
        // 14 views of each page were followed, told as 10: so at least 1 of 15 views of /a was not, and 12 of 26 of /b. All visits are 13.
        {
            new Clauses("time on a page does not ask who left") { StaysAskForExits = false },
            [.. See(12, 300, "/b", "/a", "/b"), .. See(1, 300, "/a", "/b", "/a", "/b", "/a")], "visits that ended on '/a'"
        },
        // 25 of the 49 views were the last of their visits, of which 24 began on this day.
        {
            new Clauses("views that another followed are told exactly") { StaysAreInTens = false },
            [.. See(12, 300, "/a", "/b"), .. See(12, 300, "/b", "/a"), new Journey(0, "/a", "/b") { MinutesBefore = 10, SecondsEach = 900 }], "visits that went on over midnight"
        },
        // At their tens' ends: 44 visits began with /a, 34 ended there. Of those that began 33 were bounces, told as 30 of 40.
        {
            new Clauses("an entry page does not ask its exits") { EntriesAskTheirExits = false },
            [
                .. See(33, 0, "/a"), .. See(11, 300, "/a", "/b"), .. See(12, 0, "/b"), .. See(1, 300, "/b", "/a"), .. See(13, 300, "/b", "/a", "/b"), .. See(8, 300, "/b", "/b"),
                .. See(14, 300, "/c", "/c"), .. See(6, 0, "/d"), .. See(6, 0, "/e"),
            ], "visits that went on to '/a', their last"
        },
        // Of 12 who went on, 11 after a second each.
        {
            new Clauses("seconds may be of few beside many who did not stay") { Policy = new ReleasePolicy(LeastShares: 0) },
            [.. See(12, 0, "/a"), .. See(11, 1, "/a", "/b"), .. See(1, 1700, "/a", "/b")], "the largest part of the seconds of visits of ''"
        },
    };

    [Theory]
    [MemberData(nameof(TakenOutOfVisits), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClauseOfVisits_IsolatesSomebody(Clauses clauses, Journey[] people, string what)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        var world = Staging.Of(people);
        var found = new Attacker(world, DayPublishing.Of(world, clauses)).Isolate().ToList();
        Assert.Contains(found, isolated => isolated.What.StartsWith(what, StringComparison.Ordinal));
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    /// <summary>Who comes at first, who with a file after the close, and what that file then tells.</summary>
    public static TheoryData<Journey[], Journey[], string> ToldAgain => new()
    {
        // As above, of the file alone; the exits that are asked for are those of both, since at first there was but one exit page.
        { [.. See(20, 0, "/a")], [.. See(12, 300, "/b", "/a", "/b"), .. See(1, 300, "/a", "/b", "/a", "/b", "/a")], "visits that ended on '/a'" },
        // Of 23 who began with /a, the only page, 12 bounced. Of all 24, told as 20, 13 did, told as 11.
        { [.. See(12, 0, "/a"), .. See(11, 60, "/a", "/a")], [.. See(1, 0, "/a"), .. See(11, 0, "/b"), .. See(11, 60, "/b", "/b"), .. See(6, 0, "/c"), .. See(6, 0, "/d")], "bounces of '/a'" },
    };

    [Theory]
    [MemberData(nameof(ToldAgain), DisableDiscoveryEnumeration = true)]
    public void Rule_WithFurtherFiguresToldAgain_IsolatesSomebody(Journey[] people, Journey[] late, string what)
    {
        var world = Staging.Of(people, late);
        var found = new Attacker(world, DayPublishing.Of(world, new Clauses("further figures are told again") { FurtherIsToldOnce = false })).Isolate().ToList();
        Assert.Contains(found, isolated => isolated.What.StartsWith(what, StringComparison.Ordinal));
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    private static IEnumerable<Journey> Come(int people, string campaign = "", string referrer = "", uint age = 0) =>
        Enumerable.Range(0, people).Select(_ => new Journey(0, "/a") { Campaign = campaign, Referrer = referrer, Age = age });

    private static IEnumerable<Journey> See(int people, int secondsEach, params string[] pages) =>
        Enumerable.Range(0, people).Select(_ => new Journey(0, pages) { SecondsEach = secondsEach });

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
