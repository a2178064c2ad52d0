using KpTelemetry.Attack.Tests.Attacking;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>The attacker against what a rebuild adds (docs/adr/0003) to closed and to open days, with and without each clause that it has.</summary>
public sealed class RebuildAttackTests
{
    private const int Always = 40;
    private const int Long = 1500;
    private const int MostSought = 300;

    private static readonly Clauses Rule = new("as it is");

    /// <summary>And whether of an open day.</summary>
    public static TheoryData<Clauses, RebuildRule, bool> TakenOut => new()
    {
        { new Clauses("additions are told at once") { LateSuffices = false }, RebuildRule.AsItIs, false },
        { new Clauses("additions are told at once") { LateSuffices = false }, RebuildRule.AsItIs, true },
        { new Clauses("tables are added to one by one"), RebuildRule.TableByTable, false },
        { new Clauses("tables are added to one by one"), RebuildRule.TableByTable, true },
        { new Clauses("what is higher is added beside what is lower"), RebuildRule.WhateverIsHigher, false },
        { new Clauses("what is higher is added beside what is lower"), RebuildRule.WhateverIsHigher, true },
        { new Clauses("a tree is added to without the site"), RebuildRule.WithoutTheSite, false },
        { new Clauses("a tree is added to without the site"), RebuildRule.WithoutTheSite, true },
        { new Clauses("a day is added to of which visitors were forgotten"), RebuildRule.AlsoForgotten, false },
        { new Clauses("every visitor vouches") { Distort = c => c with { Vouched = c.Visitors, VouchedViewers = c.Viewers, VouchedEntered = c.Entered } }, RebuildRule.AsItIs, false },
        { new Clauses("every visitor vouches") { Distort = c => c with { Vouched = c.Visitors, VouchedViewers = c.Viewers, VouchedEntered = c.Entered } }, RebuildRule.AsItIs, true },
    };

    [Fact]
    public void Rule_AnyRebuild_IsolatesNobody() => AssertIsolatesNobody(1, Always, RebuildMaking.Make);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyRebuilds_IsolatesNobody() => AssertIsolatesNobody(Always + 1, Long, RebuildMaking.Make);

    [Fact]
    public void Rule_AnyRebuildOfAnOpenDay_IsolatesNobody() => AssertIsolatesNobody(1, Always, RebuildMaking.MakeOpen);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyRebuildsOfOpenDays_IsolatesNobody() => AssertIsolatesNobody(Always + 1, Long, RebuildMaking.MakeOpen);

    [Theory]
    [MemberData(nameof(TakenOut), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClauseOfRebuilds_IsolatesSomebody(Clauses clauses, RebuildRule rule, bool isOpen)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        for (var seed = 1; seed <= MostSought; seed++)
        {
            var world = (isOpen ? RebuildMaking.MakeOpen : rule == RebuildRule.AlsoForgotten ? (Func<int, RebuildRule, World>)RebuildMaking.MakeForgotten : RebuildMaking.Make)(seed, rule);
            if (new Attacker(world, DayPublishing.Of(world, clauses)).Isolate().FirstOrDefault() is not { } found)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"{clauses}: rebuild {seed}, {found}");
            return;
        }

        Assert.Fail($"{clauses}: nobody isolated in {MostSought} worlds");
    }

    [Fact]
    public void Rule_DaysOfWhichVisitorsWereForgotten_IsolateNobody() => Assert.Empty(Enumerable.Range(1, 10).Select(seed => RebuildMaking.MakeForgotten(seed, RebuildRule.AsItIs))
        .SelectMany(world => new Attacker(world, DayPublishing.Of(world, Rule)).Isolate().Select(isolated => $"rebuild {world.Seed}: {isolated}")));

    // Only all that is known together, of what was added by itself, tells whom a tree of additions leaves out.
    [Fact]
    public void Rule_WithARestOfAdditionsLeftOut_IsolatesSomebodyAmongThem()
    {
        var leftOut = new Clauses("a small rest is left out and no named cell drawn in") { Rest = RestRule.LeftOut };
        var found = Enumerable.Range(1, MostSought).Select(seed => RebuildMaking.Make(seed, RebuildRule.AsItIs))
            .SelectMany(world => new Attacker(world, DayPublishing.Of(world, leftOut)).Isolate().Where(isolated => isolated.What.EndsWith($"in blocks {world.RebuiltIn} to {world.RebuiltIn}", StringComparison.Ordinal)).Select(isolated => $"rebuild {world.Seed}, {isolated}"));
        TestContext.Current.TestOutputHelper?.WriteLine(Assert.Single(found.Take(1)));
    }

    private static void AssertIsolatesNobody(int from, int through, Func<int, RebuildRule, World> make)
    {
        var (told, beside) = (0, 0);
        for (var seed = from; seed <= through; seed++)
        {
            var world = make(seed, RebuildRule.AsItIs);
            var answers = DayPublishing.Of(world, Rule);
            var additions = answers.Rows.Count(row => row.Visitors is not null && row.After < world.RebuiltIn && world.RebuiltIn <= row.Through && world.Blocks[(int)world.RebuiltIn - 1].Cells.Count > 0);
            (told, beside) = (told + additions, beside + (world.HasFakes ? additions : 0));
            var found = new Attacker(world, answers).Isolate().Select(isolated => $"rebuild {seed}: {isolated}").Take(5).ToList();
            Assert.True(found.Count == 0, string.Join('\n', found));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{told} rows of additions, {beside} beside the attacker's own visitors");
        Assert.True(told > 0 && beside > 0);
    }
}
