using CsCheck;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Release.Tests.Rule;

public sealed class VisitRuleTests
{
    private const long Many = 1000;
    private static readonly VisitVariant Rule = new("as it is");

    public static TheoryData<VisitVariant> Broken =>
    [
        new VisitVariant("k is one less") { Policy = new ReleasePolicy(K: 10) },
        new VisitVariant("a sum may be mostly one visitor's") { Policy = new ReleasePolicy(MostOfCapped: 1000) },
        new VisitVariant("bounces do not ask who stayed") { Distort = (_, c) => c with { VouchedStaying = Many } },
        new VisitVariant("visits that stayed do not ask who bounced") { Distort = (_, c) => c with { VouchedBouncing = Many } },
        new VisitVariant("new visitors do not ask who was here before") { Distort = (_, c) => c with { VouchedReturning = Many } },
        new VisitVariant("nobody is silent beside who has to be") { Policy = new ReleasePolicy(SilentBeside: 0) },
        new VisitVariant("time on a page does not ask who stayed") { Distort = (_, c) => c with { VouchedStays = c.Stays > 0 ? Many : 0 } },
        new VisitVariant("visits do not ask who visits") { Distort = (_, c) => c with { VouchedVisiting = c.Visits } },
        new VisitVariant("the rest may be one label") { Policy = new ReleasePolicy(LeastLabels: 1) },
        new VisitVariant("pairs are told of single cells") { Policy = new ReleasePolicy(LeastNamed: 1) },
        new VisitVariant("pairs are exact") { Policy = new ReleasePolicy(Rounding: 1) },
        new VisitVariant("a pair's line may leave few out") { Distort = (table, c) => table.Kind == TableKind.Pair ? c with { VouchedEntered = Many } : c },
    ];

    [Fact]
    public void VisitsStaysAndPairs_AnyWorld_ConcernEnoughPeople() =>
        VisitWorld.Any.Check(world => Assert.Empty(VisitInvariants.Violations(world, VisitPublishing.Run(world, Rule))), iter: 200);

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void VisitsStaysAndPairs_OneClauseBroken_IsFound(VisitVariant rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Assert.True(VisitWorld.Any.Values(36_000).AsParallel().Any(world => VisitInvariants.Violations(world, VisitPublishing.Run(world, rule)).Any()), rule.Name);
    }

    [Fact]
    public void Figures_OfEveryKind_AreToldInSomeWorld()
    {
        var told = new HashSet<string>();
        VisitWorld.Any.Check(
            world =>
            {
                foreach (var row in VisitPublishing.Run(world, Rule).SelectMany(publication => publication.Rows))
                {
                    lock (told)
                    {
                        told.UnionWith(Told(row).Select(figure => $"{figure} {row.Table.Dimension} {row.Table.Second}".Trim()));
                    }
                }
            },
            iter: 200);

        Assert.Superset(
            new HashSet<string> { "visits time:hour", "bounces time:hour", "new time:hour", "visits entry_page", "bounces entry_page", "visits exit_page", "bounces source", "stays page", "views page source", "views page next_page" },
            told);
        Assert.DoesNotContain("bounces exit_page", told);
    }

    [Fact]
    public void Campaigns_SmallOnes_AreNotToldBySourceMinusTheLargeOne()
    {
        var visits = new Dictionary<string, Counters> { [Labels.None] = Visiting(30), ["spring"] = Visiting(40), ["autumn"] = Visiting(3) };
        var sources = new Dictionary<string, Counters> { [Labels.Campaign] = Visiting(43), [Labels.Direct] = Visiting(30) };
        var gain = new DayGain(new SiteCells(), new SiteCells(), new Dictionary<Table, IReadOnlyDictionary<string, Counters>> { [Table.Campaign] = visits, [Table.Source] = sources }, 5)
        {
            Visits = Visiting(73),
        };

        var rows = DayRelease.Settle(new DayState { Day = new DateOnly(2026, 1, 31) }, gain, ReleasePolicy.InForce).Rows;

        Assert.Equal([(Labels.None, 30L), (Labels.Other, 43L)], rows.Where(row => row.Table == Table.Campaign).Select(row => (row.Label, row.Visits!.Value)));
    }

    [Theory]
    [InlineData(15, 15L)]
    [InlineData(3, null)]
    public void EntryPage_ItsExitsMinusItsBounces_AreEnoughOrSilent(int leavingThere, long? bounces)
    {
        var site = Of(visits: 66, bouncing: 27);
        var gain = new DayGain(new SiteCells(), new SiteCells(), new Dictionary<Table, IReadOnlyDictionary<string, Counters>>
        {
            [Table.EntryPage] = new Dictionary<string, Counters> { ["/"] = Of(30, 15), ["/other"] = Of(24, 12), ["/small"] = Of(6, 0), ["/few"] = Of(6, 0) },
            [Table.ExitPage] = new Dictionary<string, Counters> { ["/"] = Of(15 + leavingThere, 15), ["/other"] = Of(24, 12) },
        }, 5) { Visits = site };

        var rows = DayRelease.Settle(new DayState { Day = new DateOnly(2026, 1, 31) }, gain, ReleasePolicy.InForce).Rows;

        Assert.Equal(bounces, Assert.Single(rows, row => row.Table == Table.EntryPage && row.Label == "/").Bounces);
    }

    [Fact]
    public void EntryPages_TellTheirVisitsInTens_AndTheRestWhatIsLeft()
    {
        var pages = new Dictionary<string, Counters> { ["/"] = Of(47, 24), ["/big"] = Of(35, 15), ["/small"] = Of(13, 1), ["/few"] = Of(4, 0) };
        var gain = new DayGain(new SiteCells(), new SiteCells(), new Dictionary<Table, IReadOnlyDictionary<string, Counters>> { [Table.EntryPage] = pages, [Table.ExitPage] = pages }, 5)
        {
            Visits = Of(99, 40),
        };

        var rows = DayRelease.Settle(new DayState { Day = new DateOnly(2026, 1, 31) }, gain, ReleasePolicy.InForce).Rows;

        Assert.Equal(
            [("/", 50L, 26L), ("/big", 40L, null), (Labels.Other, null, null)],
            rows.Where(row => row.Table == Table.EntryPage).Select(row => (row.Label, row.Visits, row.Bounces)));
    }

    [Fact]
    public void EntryPages_AllOfEnough_HaveARestAllTheSame()
    {
        var pages = new Dictionary<string, Counters> { ["/"] = Of(45, 0), ["/a"] = Of(25, 0), ["/b"] = Of(15, 0) };
        var gain = new DayGain(new SiteCells(), new SiteCells(), new Dictionary<Table, IReadOnlyDictionary<string, Counters>> { [Table.EntryPage] = pages }, 5) { Visits = Of(85, 0) };

        var rows = DayRelease.Settle(new DayState { Day = new DateOnly(2026, 1, 31) }, gain, ReleasePolicy.InForce).Rows;

        Assert.Equal([("/", 50L), (Labels.Other, 35L)], rows.Where(row => row.Table == Table.EntryPage).Select(row => (row.Label, row.Visits!.Value)));
    }

    [Fact]
    public void Settling_LabelThatMayNotBeNamed_IsInTheRestWithAnother()
    {
        var pages = new Dictionary<string, Counters> { ["/a"] = Viewing(40), ["/4111"] = Viewing(30), ["/b"] = Viewing(20) };
        var site = new SiteCells();
        site.AddSite(9, Viewing(90));
        var gain = new DayGain(site, site, new Dictionary<Table, IReadOnlyDictionary<string, Counters>> { [Table.Page] = pages }, 5);

        var decision = DayRelease.Settle(new DayState { Day = new DateOnly(2026, 1, 31) }, gain, ReleasePolicy.InForce, (_, label) => label != "/4111");

        Assert.Equal(["/a", Labels.Other], decision.Rows.Where(row => row.Table == Table.Page).Select(row => row.Label));
    }

    private static Counters Visiting(int visitors) => new() { Visits = visitors, VouchedVisiting = visitors, Entered = visitors, VouchedEntered = visitors };

    private static Counters Of(int visits, int bouncing) =>
        Visiting(visits) with { Bounces = bouncing, VouchedBouncing = bouncing, VouchedStaying = visits - bouncing };

    private static Counters Viewing(int visitors) => new()
    {
        PageViews = visitors, CappedViews = visitors, Visitors = visitors, Viewers = visitors, Vouched = visitors, VouchedViewers = visitors, Entered = visitors, VouchedEntered = visitors,
    };

    private static IEnumerable<string> Told(PublishedRow row)
    {
        if (row.Visits is not null)
            yield return "visits";
        if (row.Bounces is not null)
            yield return "bounces";
        if (row.NewVisitors is not null)
            yield return "new";
        if (row.Stays is not null)
            yield return "stays";
        if (row.PageViews is not null)
            yield return "views";
    }
}
