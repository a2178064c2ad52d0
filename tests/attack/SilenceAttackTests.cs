using KpTelemetry.Attack.Tests.Attacking;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>What the rule is silent of, to whoever knows that everybody vouches and came once: with and without the clauses by which that tells of nobody.</summary>
public sealed class SilenceAttackTests
{
    private const int Always = 30;
    private const int Long = 1200;

    private static readonly Clauses Rule = new("as it is");

    /// <summary>Each with a world in which it counts: as many people see each page, and no other.</summary>
    public static TheoryData<Clauses, (string Page, int People)[], string> TakenOut => new()
    {
        // The rest has 20: were one of its pages of 11, that were named.
        { new Clauses("a rest may have as many as its labels can have unnamed") { Policy = new ReleasePolicy(BelowMost: 0) }, [("/a", 10), ("/b", 10), ("/z", 11)], "visitors of '/a' of files" },
        // The rest has 40: of /a and /c one has 30 and was drawn in, and were it /a, /b would have been instead.
        { new Clauses("of cells as small as one another one is drawn in") { Policy = new ReleasePolicy(DrawnAlike: 0) }, [("/a", 10), ("/b", 30), ("/c", 30)], "visitors of '/a' of files" },
    };

    [Theory]
    [MemberData(nameof(TakenOut), DisableDiscoveryEnumeration = true)]
    public void Rule_WithoutAClauseOfSilence_IsolatesSomebody(Clauses clauses, (string Page, int People)[] pages, string what)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        var world = Staging.Of([.. pages.SelectMany(page => Enumerable.Repeat(new Journey(0, page.Page), page.People))]);
        var found = new Attacker(world, DayPublishing.Of(world, clauses)).Isolate().FirstOrDefault(isolated => isolated.What.StartsWith(what, StringComparison.Ordinal));
        Assert.NotNull(found);
        TestContext.Current.TestOutputHelper?.WriteLine($"{clauses}: {found}");
        Assert.Empty(new Attacker(world, DayPublishing.Of(world, Rule)).Isolate());
    }

    [Fact]
    public void Rule_WhereEverybodyCameOnce_IsolatesNobodyBySilence() => AssertIsolatesNobody(1, Always);

    [Fact, Trait("Length", "long")]
    public void Rule_WhereEverybodyCameOnceInManyWorlds_IsolatesNobodyBySilence() => AssertIsolatesNobody(Always + 1, Long);

    private static void AssertIsolatesNobody(int from, int through)
    {
        var (rests, silent) = (0, 0);
        for (var seed = from; seed <= through; seed++)
        {
            var world = Staging.OnceEach(seed);
            var answers = DayPublishing.Of(world, Rule);
            rests += answers.Rows.Count(row => row.Label == Labels.Other);
            silent += world.Days[0].SettleAfter.Count(file => !answers.Rows.Any(row => row.Through == file && row.Visitors is not null));
            Assert.Empty(new Attacker(world, answers).Isolate().Select(isolated => $"once {seed}: {isolated}"));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{rests} rests, {silent} files that nothing was told of");
        Assert.True(rests > 0 && silent > 0);
    }
}
