using System.Collections.Immutable;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>Clauses of settling by themselves, for which chance seldom makes a world.</summary>
public sealed class SettlingTests
{
    private static readonly DayState Open = new() { Day = new DateOnly(2026, 1, 31) };

    [Fact]
    public void Label_WhoseOthersAreFew_TellsNoVisitors()
    {
        var pages = new Dictionary<string, Counters> { ["/a"] = People(30, entered: 30), ["/b"] = People(20, entered: 5) };

        var rows = Settled(Open, Table.Page, pages, People(35)).Rows.Where(row => row.Table == Table.Page);

        Assert.Equal([("/a", 30L, null), ("/b", 20L, 20L)], rows.Select(row => (row.Label, row.PageViews!.Value, row.Visitors)));
    }

    [Fact]
    public void LabelsBeyondTheBoundOfATable_AreOfTheRestHoweverMany()
    {
        var pages = new Dictionary<string, Counters> { [Labels.Other] = People(40), ["/a"] = People(30) };

        var row = Assert.Single(Settled(Open, Table.Page, pages, People(70)).Rows, row => row.Table == Table.Page);

        Assert.Equal((Labels.Other, 70L), (row.Label, row.PageViews!.Value));
    }

    // A browser that many came with and few of them saw a page, and a rest of which the same holds.
    [Fact]
    public void PageViewsOfFew_InATableOfRequests_KeepALabelFromBeingNamed()
    {
        var browsers = new Dictionary<string, Counters> { ["A"] = People(40), ["B"] = People(30, viewers: 3), ["C"] = People(20) };

        var rows = Settled(Open, Table.Browser, browsers, People(90, viewers: 63)).Rows.Where(row => row.Table == Table.Browser);

        Assert.Equal([("A", 40L), (Labels.Other, 23L)], rows.Select(row => (row.Label, row.PageViews!.Value)));
    }

    [Fact]
    public void PageViewsOfFew_InTheRestOfATableOfRequests_DrawALabelIn()
    {
        var browsers = new Dictionary<string, Counters> { ["A"] = People(40), ["B"] = People(20), ["C"] = People(8, viewers: 3), ["D"] = People(8, viewers: 3) };

        var rows = Settled(Open, Table.Browser, browsers, People(76, viewers: 66)).Rows.Where(row => row.Table == Table.Browser);

        Assert.Equal([("A", 40L), (Labels.Other, 26L)], rows.Select(row => (row.Label, row.PageViews!.Value)));
    }

    // Exits that were told of other blocks would, beside the page views, tell the stays of these.
    [Theory]
    [InlineData(0, 20L)]
    [InlineData(3, null)]
    public void TimeOnPages_OnceExitsWereToldByThemselves_IsSilent(long exitsCovered, long? stays)
    {
        var stayed = People(40) with { Stays = 20, StaySeconds = 1200, CappedStaySeconds = 1200, VouchedStays = 20 };
        var trees = new Dictionary<Table, IReadOnlyDictionary<string, Counters>>
        {
            [Table.Page] = new Dictionary<string, Counters> { ["/a"] = stayed, ["/b"] = stayed },
            [Table.ExitPage] = new Dictionary<string, Counters> { ["/a"] = Visiting(20), ["/b"] = Visiting(20) },
        };
        var before = exitsCovered == 0 ? Open : Open with { Closed = true, TreesCovered = ImmutableDictionary<Table, long>.Empty.Add(Table.ExitPage, exitsCovered) };

        var rows = DayRelease.Settle(before, new DayGain(Site(People(80)), Site(People(80)), trees, 5) { Visits = Visiting(40) }, ReleasePolicy.InForce).Rows;

        Assert.Equal([stays, stays], rows.Where(row => row.Table == Table.Page).Select(row => row.Stays));
    }

    [Theory]
    [InlineData(1095, Band.UnderFivePercent)]
    [InlineData(1101, Band.UnderOnePercent)]
    public void BandOfATree_TakesTheFloorFromWhatTheTotalHas(long published, Band expected)
    {
        var before = Open with { Closed = true, SiteCovered = 1, TechnicalCovered = 1, PageViews = published, Visitors = published };

        Assert.Equal(expected, Settled(before, Table.Page, new Dictionary<string, Counters> { ["/a"] = People(2) }, People(2)).State.WithheldOf(Table.Page));
    }

    [Fact]
    public void BandOfAPair_IsThatOfTheCloseForGood()
    {
        var before = Open with { Closed = true, Withheld = ImmutableDictionary<Table, Band>.Empty.Add(Table.PageDevice, Band.UnderFivePercent) };

        Assert.Equal(Band.UnderFivePercent, Settled(before, Table.Page, new Dictionary<string, Counters> { ["/a"] = People(2) }, People(2)).State.WithheldOf(Table.PageDevice));
    }

    // Whoever waited for the week when the state was forgotten goes on waiting, apart from who comes after.
    [Fact]
    public void ForgottenDay_WaitsForItsWeekWithWhatItHadUntilThen()
    {
        var waiting = People(9);
        var forgotten = (Open with { Closed = true, Evaluated = 9, Waiting = waiting }).Forgotten(5);

        Assert.Equal([9L, 9L, 9L, 9L], [forgotten.SiteCovered, forgotten.TechnicalCovered, forgotten.VisitsCovered, forgotten.TreeCovered(Table.Page)]);
        Assert.Equal(waiting, Settled(forgotten, Table.Page, new Dictionary<string, Counters> { ["/a"] = People(3) }, People(3)).State.Waiting);
    }

    [Fact]
    public void JoinedDay_TellsNothingElseOfItsBlocks()
    {
        var days = Enumerable.Range(0, 2).Select(day => new DayState { Day = new DateOnly(2026, 6, 1).AddDays(day), Closed = true, Evaluated = 9, Waiting = People(8) with { CappedRequests = 40 } });

        var joined = JoinRelease.Decide(days, [], new DateOnly(2026, 6, 8), ReleasePolicy.InForce);

        Assert.Equal(2, joined.Count);
        Assert.All(joined, decision => Assert.Equal([9L, 9L, 9L, 9L], [decision.State.SiteCovered, decision.State.VisitsCovered, decision.State.TreeCovered(Table.Page), decision.State.TreeCovered(Table.EntryPage)]));
    }

    private static DayDecision Settled(DayState before, Table tree, IReadOnlyDictionary<string, Counters> cells, Counters site) =>
        DayRelease.Settle(before, new DayGain(Site(site), Site(site), new Dictionary<Table, IReadOnlyDictionary<string, Counters>> { [tree] = cells }, 12), ReleasePolicy.InForce);

    private static SiteCells Site(Counters people)
    {
        var site = new SiteCells();
        site.AddSite(9, people);
        return site;
    }

    private static Counters Visiting(int visitors) => new() { Visits = visitors, VouchedVisiting = visitors, Entered = visitors, VouchedEntered = visitors };

    // As many of them as viewers saw one page each.
    private static Counters People(int visitors, int? viewers = null, int? entered = null) => new()
    {
        Requests = visitors, CappedRequests = visitors, PageViews = viewers ?? visitors, CappedViews = viewers ?? visitors, Visitors = visitors, Vouched = visitors,
        Viewers = viewers ?? visitors, VouchedViewers = viewers ?? visitors, Entered = entered ?? visitors, VouchedEntered = entered ?? visitors,
    };
}
