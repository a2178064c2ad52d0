using System.Collections.Concurrent;
using KpTelemetry.Attack.Tests.Answering;
using KpTelemetry.Attack.Tests.Attacking;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Release.Tests.Publishing;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>The attacker against weeks and months that days joined, with and without each clause that they have.</summary>
public sealed class JoinAttackTests
{
    private const int Always = 40;
    private const int Long = 800;
    private const int MostSought = 200;

    // With late files, days that joined, and days whose visitors were forgotten.
    private const int WithLateAndForgotten = 14;

    private static readonly Clauses Rule = new("as it is");
    private static readonly ConcurrentDictionary<int, World> Worlds = new();

    /// <summary>And the world from which on it is sought.</summary>
    public static TheoryData<Clauses, int> TakenOut => new()
    {
        { new Clauses("a join is told however few it concerns") { DistortWaiting = waiting => waiting with { Vouched = 1000, VouchedViewers = 1000 } }, 14 },
        { new Clauses("a join needs no more than k in all") { DistortWaiting = waiting => waiting with { Vouched = waiting.Vouched + 1, VouchedViewers = waiting.VouchedViewers + 1 } }, 66 },
        { new Clauses("a join may have as many visitors as requests") { DistortWaiting = waiting => waiting with { CappedRequests = 1000 } }, 10 },
        { new Clauses("a join may have as many visitors as its days can have untold") { DistortWaiting = waiting => waiting with { Vouched = waiting.Vouched + 1 } }, 36 },
        { new Clauses("a join has days that were told") { JoinsOnlyUntold = false }, 24 },
        { new Clauses("a day that joined is told with its late data") { JoinedStaysUntold = false }, 341 },
        { new Clauses("a range has the days of a join that are in it") { JoinsAreWhole = false }, 2 },
        { new Clauses("whom the fold forgot counts again in the same sum") { ForgetsWithTheState = false }, 9 },
    };

    [Fact]
    public void Rule_AnyWeeks_IsolatesNobody() => AssertIsolatesNobody(1, Always);

    [Fact, Trait("Length", "long")]
    public void Rule_ManyWeeks_IsolatesNobody() => AssertIsolatesNobody(Always + 1, Long);

    [Theory]
    [MemberData(nameof(TakenOut), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClauseOfJoins_IsolatesSomebody(Clauses clauses, int from)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        for (var seed = from; seed <= from + MostSought; seed++)
        {
            var world = Worlds.GetOrAdd(seed, WeekMaking.Make);
            var answers = DayPublishing.Of(world, clauses);
            if (new JoinAttacker(world, answers).Isolate().Concat(new Attacker(world, answers).Isolate()).FirstOrDefault() is not { } found)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"{clauses}: weeks {seed}, {found}");
            return;
        }

        Assert.Fail($"{clauses}: nobody isolated from world {from} on");
    }

    /// <summary>What lies in the store at the end are the rows that the attacker has.</summary>
    [Theory]
    [InlineData(WithLateAndForgotten)]
    public Task Publisher_OfWeeks_TellsTheRowsThatTheAttackerHas(int seed) => AssertTellsAsync(seed);

    [Theory, Trait("Length", "long")]
    [InlineData(38)]
    [InlineData(24)]
    [InlineData(31)]
    [InlineData(71)]
    [InlineData(89)]
    public Task Publisher_OfMoreWeeks_TellsTheRowsThatTheAttackerHas(int seed) => AssertTellsAsync(seed);

    private static async Task AssertTellsAsync(int seed)
    {
        var world = Worlds.GetOrAdd(seed, WeekMaking.Make);
        var answers = DayPublishing.Of(world, Rule);
        TestContext.Current.TestOutputHelper?.WriteLine($"weeks {seed}: {world.Blocks.Count} blocks, {world.Days.Count} days, {world.Days.Sum(day => day.SettleAfter.Count)} late files, {world.Days.Sum(day => world.Forgotten(day.Day).Count())} forgotten, {answers.Joins.Count} joins");
        await using var site = await Site.CreateAsync();
        using var played = new PlayedWeeks(world, site);
        await played.PlayAsync();
        var told = (await Row.ReadAsync(site)).Select(row => row.Told);
        Assert.Equal(answers.Rows.Select(Row.Of).Concat(answers.Joins.Select(Row.Of)).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    private static void AssertIsolatesNobody(int from, int through)
    {
        var (joins, months, again) = (0, 0, 0);
        for (var seed = from; seed <= through; seed++)
        {
            var world = Worlds.GetOrAdd(seed, WeekMaking.Make);
            var answers = DayPublishing.Of(world, Rule);
            joins += answers.Joins.Count;
            months += answers.Joins.Count(join => join.Parts[^1].Day.DayNumber - join.Parts[0].Day.DayNumber >= 7);
            again += answers.Joins.SelectMany(join => join.Parts).Count(part => answers.Rows.Any(row => row.Day == part.Day && row.Visitors is not null));
            var found = new JoinAttacker(world, answers).Isolate().Concat(new Attacker(world, answers).Isolate()).Select(isolated => $"weeks {seed}: {isolated}").Take(5).ToList();
            Assert.True(found.Count == 0, string.Join('\n', found));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{joins} joins, {months} of a month, {again} days that were told later");
        Assert.True(joins > 0 && months > 0 && again > 0);
    }
}
