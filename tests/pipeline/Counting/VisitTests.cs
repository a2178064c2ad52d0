using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>What a visit is, when it is final, and what happens at its bounds: docs/COUNTING.md, case by case.</summary>
public sealed class VisitTests
{
    private const string Agent = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0";
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Midnight = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Visit_OfSeveralPages_HasEntryExitSecondsAndPath()
    {
        using var folding = new Folding();
        folding.Add(
            Live(1, Noon, View(Noon, "/a", "https://www.google.com/")),
            Live(2, Noon.AddMinutes(1), View(Noon.AddMinutes(1), "/b", "https://semicomplete.com/a")),
            Live(3, Noon.AddMinutes(31), View(Noon.AddMinutes(31), "/c", "https://other.example/")),
            Tick(4, Noon.AddHours(2)));
        var cells = folding.Cells();

        var site = Of(cells, Table.Site, "");
        Assert.Equal((1, 0, 3, 31 * 60, 2, 31 * 60), (site.Visits, site.Bounces, site.VisitViews, site.VisitSeconds, site.Stays, site.StaySeconds));
        Assert.Equal((1, 1), (Of(cells, Table.EntryPage, "/a").Visits, Of(cells, Table.ExitPage, "/c").Visits));
        Assert.Equal((1, 1), (Of(cells, Table.Source, "www.google.com").Visits, Of(cells, Table.Campaign, "(none)").Visits));
        Assert.Equal((1, 60), (Of(cells, Table.Page, "/a").Stays, Of(cells, Table.Page, "/a").StaySeconds));
        Assert.Equal((1, 30 * 60), (Of(cells, Table.Page, "/b").Stays, Of(cells, Table.Page, "/b").StaySeconds));
        Assert.Equal(["/a /b", "/b /c"], LabelsOf(cells, Table.PageNextPage));
        Assert.Equal(["/a www.google.com", "/b www.google.com", "/c www.google.com"], LabelsOf(cells, Table.PageSource));
    }

    [Theory]
    [InlineData(30, 0, 1)]
    [InlineData(30, 1, 2)]
    public void Visit_AfterMoreThanHalfAnHour_IsAnother(int minutes, int milliseconds, int visits)
    {
        using var folding = new Folding();
        var second = Noon.AddMinutes(minutes).AddMilliseconds(milliseconds);
        folding.Add(Live(1, Noon, View(Noon, "/a")), Live(2, second, View(second, "/b")), Tick(3, Noon.AddHours(2)));
        Assert.Equal(visits, Of(folding.Cells(), Table.Site, "").Visits);
    }

    [Fact]
    public void Visit_OverMidnight_BelongsToTheDayAndHourInWhichItBegan()
    {
        using var folding = new Folding();
        folding.Add(
            Live(1, Midnight.AddMinutes(-10), View(Midnight.AddMinutes(-10), "/a")),
            Live(2, Midnight.AddMinutes(10), View(Midnight.AddMinutes(10), "/b")),
            Tick(3, Midnight.AddHours(1)));
        var visit = Assert.Single(folding.Cells(), cell => cell.Key.Table == Table.Site && cell.Value.Visits > 0);
        Assert.Equal((new DateOnly(2026, 1, 1), 23, 2L), (visit.Key.Day, visit.Key.Hour, visit.Value.VisitViews));
    }

    [Fact]
    public void Replay_WhenTheDayBeforeHasEnded_KnowsWhichPageViewsBeganNoVisit()
    {
        TestGroup[] log =
        [
            Live(1, Midnight.AddMinutes(-10), View(Midnight.AddMinutes(-10), "/a")),
            Live(2, Midnight.AddMinutes(10), View(Midnight.AddMinutes(10), "/b")),
            Tick(3, Midnight.AddHours(51)),
            Live(4, Midnight.AddHours(52), View(Midnight.AddHours(10), "/c")),
            Tick(5, Midnight.AddHours(53)),
        ];
        using var first = new Folding();
        var starts = new List<FoldStart>();
        foreach (var group in log)
        {
            starts.Add(new FoldStart(first.Fold.SaveClock(), []));
            first.Add(group).Cut();
        }

        var from = (int)first.Blocks[2].StateFrom!.Value;
        using var second = new Folding(starts[from], from);
        second.Add(log[from..3]).Cut();
        second.Blocks.Clear();
        FoldModelTests.AssertEqual(Folding.Sum(first.Blocks.Skip(3)), second.Add(log[3..]).Cells());
        Assert.Equal(1, Of(Folding.Sum(first.Blocks.Skip(3)), Table.Site, "").VouchedVisiting);
    }

    [Fact]
    public void Visit_ThatCameInTime_IsCountedBeforeItsDayCloses()
    {
        using var folding = new Folding();
        // Ten minutes apart, from before midnight until long after it.
        for (var i = 0; i < 60; i++)
        {
            var at = Midnight.AddMinutes(-15 + (i * 10));
            folding.Add(Live((ulong)i + 1, at, View(at, "/a")));
            folding.Cut();
        }

        var closed = folding.Blocks.FindIndex(block => block.WatermarkMs >= Midnight.AddHours(2).ToUnixTimeMilliseconds());
        Assert.Contains(folding.Blocks.Take(closed + 1), block => block.Cells.Any(cell => cell.Day == new DateOnly(2026, 1, 1) && cell.Counters.Visits == 1));
        Assert.DoesNotContain(folding.Blocks.Skip(closed + 1), block => block.Cells.Any(cell => cell.Day == new DateOnly(2026, 1, 1)));
    }

    [Fact]
    public void Visit_Live_IsFinalThirtyFiveMinutesAfterItsLastPageView()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Noon, View(Noon, "/a")), Tick(2, Noon.AddMinutes(35).AddMilliseconds(-1)));
        Assert.Equal(0, Of(folding.Cells(), Table.Site, "").Visits);
        folding.Add(Tick(3, Noon.AddMinutes(35)));
        Assert.Equal(1, Of(folding.Cells(), Table.Site, "").Visits);
    }

    [Fact]
    public void Visit_OfAFile_IsFinalAtTheEndOfItsImport()
    {
        using var folding = new Folding();
        folding.Add(OfFile(1, Noon, View(Noon.AddYears(-1), "/a", position: 0)), Tick(2, Noon.AddHours(1)));
        Assert.DoesNotContain(folding.Cells().Values, counters => counters.Visits > 0);
        folding.Add(End(3, Noon.AddHours(1)));
        Assert.Contains(folding.Cells().Values, counters => counters.Visits > 0);
    }

    [Fact]
    public void Visit_OfAFileWithoutAnEnd_IsFinalAfterTwoIdleHours()
    {
        using var folding = new Folding();
        folding.Add(OfFile(1, Noon, View(Noon.AddYears(-1), "/a", position: 0)), Tick(2, Noon.AddHours(2).AddMilliseconds(-1)));
        Assert.DoesNotContain(folding.Cells().Values, counters => counters.Visits > 0);
        folding.Add(Tick(3, Noon.AddHours(2)));
        Assert.Contains(folding.Cells().Values, counters => counters.Visits > 0);
    }

    [Fact]
    public void Views_InAnyOrderOfAVisit_GiveTheSameFigures()
    {
        var views = Enumerable.Range(0, 8).Select(i => View(Noon.AddMinutes(i * 25), $"/{(char)('a' + (i % 3))}", position: i)).ToArray();
        using var inOrder = new Folding();
        inOrder.Add(OfFile(1, Noon, views), End(2, Noon));
        var expected = PathsOf(inOrder.Cells());
        for (var seed = 0; seed < 20; seed++)
        {
            var shuffled = views.ToArray();
            new Random(seed).Shuffle(shuffled);
            using var folding = new Folding();
            folding.Add(OfFile(1, Noon, shuffled), End(2, Noon));
            FoldModelTests.AssertEqual(expected, PathsOf(folding.Cells()));
        }

        // Who is first where on a day goes by arrival; visits and their paths by the time of events.
        static Dictionary<CellName, Counters> PathsOf(Dictionary<CellName, Counters> cells) => cells.ToDictionary(cell => cell.Key, cell => new Counters
        {
            PageViews = cell.Value.PageViews,
            Visits = cell.Value.Visits,
            VisitViews = cell.Value.VisitViews,
            VisitSeconds = cell.Value.VisitSeconds,
            Stays = cell.Value.Stays,
            StaySeconds = cell.Value.StaySeconds,
        });
    }

    [Fact]
    public void View_BehindEightLaterOnes_IsOfTheVisitButNotOfItsPath()
    {
        using var folding = new Folding();
        folding.Add(
            OfFile(1, Noon, [.. Enumerable.Range(1, 9).Select(i => View(Noon.AddMinutes(i), "/a", position: i)), View(Noon.AddSeconds(30), "/late", position: 10)]),
            End(2, Noon));
        var cells = folding.Cells();
        Assert.Equal((10, 8), (Of(cells, Table.Site, "").VisitViews, Of(cells, Table.Site, "").Stays));
        Assert.Equal(1, Of(cells, Table.EntryPage, "/a").Visits);
        Assert.Contains("/late (direct)", LabelsOf(cells, Table.PageSource));
        Assert.DoesNotContain(LabelsOf(cells, Table.PageNextPage), label => label.Contains("late"));
    }

    [Fact]
    public void Visitor_WithACookie_IsOneWhateverAddressAndAgent()
    {
        using var folding = new Folding();
        folding.Add(
            Live(1, Noon, Tracked(Noon, "8.8.8.8", "/a", age: 1), Tracked(Noon.AddMinutes(1), "9.9.9.9", "/b", age: 1)),
            Live(2, Noon.AddMinutes(2), new TestEvent(Noon.AddMinutes(2), "7.7.7.7", Agent, "/c", 0, 0, "", Flags: EventFlags.Pixel)),
            Tick(3, Noon.AddHours(1)));
        var site = Of(folding.Cells(), Table.Site, "");
        Assert.Equal((1, 3, 1, 2), (site.Visitors, site.PageViews, site.Visits, site.VisitViews));
        Assert.Equal((1, 1, 0), (site.NewVisitors, site.VouchedNew, site.VouchedReturning));
    }

    [Theory]
    [InlineData(0, "(unknown)")]
    [InlineData(1, "(new)")]
    [InlineData(2, "1 week")]
    [InlineData(3, "2 weeks")]
    [InlineData(13, "12 weeks")]
    [InlineData(14, "13 weeks or more")]
    public void Cohort_IsTheAgeOfTheCookieInWeeks(uint age, string cohort)
    {
        using var folding = new Folding();
        folding.Add(Live(1, Noon, Tracked(Noon, "8.8.8.8", "/a", age)), Tick(2, Noon.AddHours(1)));
        Assert.Equal([cohort], LabelsOf(folding.Cells(), Table.Cohort));
    }

    [Fact]
    public void Campaign_OfAVisit_GoesBeforeItsReferrer()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Noon, View(Noon, "/a", "https://www.google.com/") with { Campaign = "spring" }), Tick(2, Noon.AddHours(1)));
        var cells = folding.Cells();
        Assert.Equal(["(campaign)", "spring"], LabelsOf(cells, Table.Source).Concat(LabelsOf(cells, Table.Campaign)));
    }

    [Theory]
    [InlineData("(none)")]
    [InlineData("a\nb")]
    public void Campaign_ThatCouldBeMistakenForALabelOfOurs_IsUnknown(string campaign)
    {
        using var folding = new Folding();
        folding.Add(Live(1, Noon, View(Noon, "/a") with { Campaign = campaign }), Tick(2, Noon.AddHours(1)));
        Assert.Equal(["(unknown)"], LabelsOf(folding.Cells(), Table.Campaign));
    }

    private static Counters Of(Dictionary<CellName, Counters> cells, Table table, string label)
    {
        var sum = default(Counters);
        foreach (var cell in cells.Where(cell => cell.Key.Table == table && cell.Key.Label == label))
            sum.Add(cell.Value);
        return sum;
    }

    private static string[] LabelsOf(Dictionary<CellName, Counters> cells, Table table) =>
        [.. cells.Keys.Where(cell => cell.Table == table).Select(cell => cell.Label.Replace('\n', ' ')).Order(StringComparer.Ordinal)];

    private static TestEvent View(DateTimeOffset at, string path, string referrer = "", long position = 0) => new(at, "8.8.8.8", Agent, path, Referrer: referrer, Position: position);

    private static TestEvent Tracked(DateTimeOffset at, string address, string path, uint age) =>
        new(at, address, Agent, path, 0, 0, "", Flags: EventFlags.Pixel, Client: "cookie", ClientAge: age);

    private static TestGroup Live(ulong sequence, DateTimeOffset at, params TestEvent[] views) => TestGroups.Live(1, sequence, at, TestGroups.Sample, views);

    private static TestGroup OfFile(ulong sequence, DateTimeOffset at, params TestEvent[] views) => TestGroups.OfFile(1, sequence, at, TestGroups.File(1, 1, 0, 100, TestGroups.Sample), views);

    private static TestGroup Tick(ulong sequence, DateTimeOffset at) => new(TestGroups.Header(1, sequence, GroupKind.Tick, at), [], null);

    private static TestGroup End(ulong sequence, DateTimeOffset at)
    {
        var header = TestGroups.Header(1, sequence, GroupKind.EndOfImport, at);
        header.File = TestGroups.File(1, 1, 0, 0, TestGroups.Sample);
        return new TestGroup(header, [], null);
    }
}
