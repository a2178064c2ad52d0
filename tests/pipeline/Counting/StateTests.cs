using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>What the fold remembers follows the visitors of the day, not their events.</summary>
public sealed class StateTests
{
    private const string Agent = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0";
    private static readonly DateTimeOffset Morning = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public void State_AfterManyEventsOfFewVisitors_IsAsAfterFew()
    {
        using var folding = new Folding();
        var early = EntriesAfter(folding, 0, 50);
        Assert.Equal(early, EntriesAfter(folding, 50, 500));
        Assert.True(early < 60 * 20, $"{early} entries of 20 visitors");
    }

    [Fact]
    public void State_OfDaysThatAreOver_LiesPackedInAFewBytesAnEntry()
    {
        using var folding = new Folding(packing: new StatePacking(rowsBetween: 1));
        for (var group = 0; group < 120; group++)
            folding.Add(File(group, [.. Enumerable.Range(0, 500).Select(i => View((group % 40 * 125) + (i / 4), Morning.AddDays(group / 40).AddMinutes(group % 40), $"/{Word(i % 50)}"))]));

        var (days, entries) = (folding.Fold.LiveDays, folding.Fold.StateEntries);
        Assert.Equal((3, 2), (days, folding.Fold.Packed.Days));
        Assert.InRange(folding.Fold.Packed.Bytes * days / 2 / entries, 1, 8);
        Assert.Equal(3 * 5000, folding.Cells().Where(cell => cell.Key.Table == Table.Site).Sum(cell => cell.Value.Visitors));
        Assert.Equal((entries, 2), (folding.Fold.StateEntries, folding.Fold.Packed.Days));
        // Each is unpacked for its visits, and packed again, one after the other.
        Assert.NotEmpty(folding.Add(Stories.End(1, 121, Morning.AddDays(9))).Cut().Cells);
        Assert.Equal(2, folding.Fold.Packed.Days);
    }

    [Fact]
    public void State_AfterVisitsOfADayAreFinal_HoldsNoPageViewsOfThem()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Morning, [.. Enumerable.Range(0, 100).Select(i => View(i, Morning, "/"))]));
        var open = folding.Fold.StateEntries;
        folding.Add(new TestGroup(TestGroups.Header(1, 2, GroupKind.Tick, Morning.AddHours(1)), [], null));
        // Each had a visit and a page view; instead come cells and shares of entry, exit, source, campaign and path.
        var counted = folding.Fold.StateEntries;
        folding.Add(Live(3, Morning.AddHours(2), [.. Enumerable.Range(0, 100).Select(i => View(i, Morning.AddHours(2), "/"))]));
        Assert.Equal(counted + 200, folding.Fold.StateEntries);
        folding.Add(new TestGroup(TestGroups.Header(1, 4, GroupKind.Tick, Morning.AddHours(3)), [], null));
        Assert.Equal(counted, folding.Fold.StateEntries);
        Assert.True(open < counted);
    }

    [Fact]
    public void State_ThatEnded_BeginsAgainInTheBlockThatIsToldSo()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Morning, View(1, Morning, "/")));
        Assert.True(Assert.Single(folding.Cut().Days).Began);
        folding.Add(Live(2, Morning.AddHours(47), View(1, Morning, "/")));
        Assert.False(Assert.Single(folding.Cut().Days).Began);
        var later = Morning.AddDays(6);
        folding.Add(TestGroups.OfFile(2, 1, later, TestGroups.File(1, 1, 0, 10, TestGroups.Sample), View(1, Morning, "/") with { Position = 1 }));
        // What was left of the visits is of the state before.
        Assert.Equal([false, true], folding.Cut().Days.Select(day => day.Began));
        Assert.Equal(2, folding.Cells().Where(cell => cell.Key.Table.Id == 1).Sum(cell => cell.Value.Visitors));
    }

    [Fact]
    public void State_OfAVisitorWhoIsEverywhere_IsBounded()
    {
        using var folding = new Folding();
        for (var group = 0; group < 20; group++)
            folding.Add(Live((ulong)group + 1, Morning.AddMinutes(group), [.. Enumerable.Range(0, 500).Select(i => View(1, Morning.AddMinutes(group), $"/{Word(group)}/{Word(i)}"))]));
        var cells = folding.Cells();
        Assert.Equal(FoldBounds.MostCells, cells.Where(cell => cell.Key.Table.ManyLabels && cell.Key.Table.Id != 1).Sum(cell => cell.Value.Visitors));
        Assert.Equal(10_000, cells.Where(cell => cell.Key.Table.Id == 2).Sum(cell => cell.Value.PageViews));
    }

    [Fact]
    public void State_OfMoreVisitorsThanADayHolds_CountsTheOthersAsNobody()
    {
        using var folding = new Folding();
        const int Groups = 110, Views = 5_000;
        for (var group = 0; group < Groups; group++)
            folding.Add(Live((ulong)group + 1, Morning.AddSeconds(group), [.. Enumerable.Range(group * Views, Views).Select(i => new TestEvent(Morning.AddSeconds(group), $"{i >> 16}.{(i >> 8) & 255}.{i & 255}.1", Agent, "/"))]));
        folding.Add(new TestGroup(TestGroups.Header(1, Groups + 1, GroupKind.Tick, Morning.AddHours(3)), [], null));

        var site = folding.Cells().Where(cell => cell.Key.Table == Table.Site).Select(cell => cell.Value).ToList();
        Assert.Equal(Groups * Views, site.Sum(hour => hour.PageViews));
        Assert.Equal(FoldBounds.MostVisitors, site.Sum(hour => hour.Visitors));
        // Each has a share in its page, referrer and device; entry, exit, source and path no longer fit for all.
        Assert.InRange(folding.Fold.StateEntries, FoldBounds.MostShares, FoldBounds.MostShares + (3 * FoldBounds.MostVisitors));
    }

    [Fact]
    public void State_OfMoreLabelsThanATableHolds_CountsTheOthersAsOneAlsoWhenItWasPacked()
    {
        const int Views = 51_000, OfAVisitor = 300;
        using var plain = new Folding();
        using var packing = new Folding(packing: Folding.Always);
        foreach (var folding in new[] { plain, packing })
        {
            for (var first = 0; first < Views; first += 500)
                folding.Add(Live((ulong)(first / 500) + 1, Morning, [.. Enumerable.Range(first, 500).Select(Page)]));
            // Packed while another site's are folded; then by the same visitor more pages that are new.
            folding.Add(TestGroups.Live(1, 200, Morning, TestGroups.LosAngeles, View(1, Morning, "/")), Live(201, Morning));
            folding.Add(Live(202, Morning, [.. Enumerable.Range(Views, OfAVisitor).Select(Page)]));
        }

        FoldModelTests.AssertEqual(plain.Cells(), packing.Cells());
        var pages = packing.Cells().Where(cell => cell.Key.Table == Table.Page && cell.Key.Site == "sample").ToDictionary(cell => cell.Key.Label, cell => cell.Value);
        Assert.Equal(CellTable.MaxLabels + 1, pages.Count);
        Assert.Equal(Views + OfAVisitor - CellTable.MaxLabels, pages[Labels.Other].PageViews);

        static TestEvent Page(int i) => View(Math.Min(i, Views - 1) / OfAVisitor, Morning, $"/{Word(i / 512)}/{Word(i % 512)}");
    }

    [Fact]
    public void State_OfMoreRunsThanASpanHolds_RefusesTheOthers()
    {
        using var folding = new Folding();
        const int Groups = 106, Events = 5_000;
        for (var group = 0; group < Groups; group++)
            folding.Add(Live((ulong)group + 1, Morning, [.. Enumerable.Range(group * Events, Events).Select(run => Numbered(1, Morning) with { Nonce = $"{run}" })]));
        folding.Cut();
        Assert.Equal(FoldBounds.MostRuns, folding.Events(Outcome.Counted));
        Assert.Equal((Groups * Events) - FoldBounds.MostRuns, folding.Events(Outcome.Rejected));
    }

    [Fact]
    public void Event_SentAgain_IsADuplicateWithinTheWindowAndTooOldAfterIt()
    {
        using var folding = new Folding();
        var told = Numbered(1, Morning);
        folding.Add(Live(1, Morning, told, told), Live(2, Morning.AddHours(48), told), Live(3, Morning.AddHours(48).AddMilliseconds(1), told));
        var books = folding.Cut().Books;
        Assert.Equal(1, folding.Events(Outcome.Counted));
        Assert.Equal(2, folding.Events(Outcome.Duplicate));
        Assert.Equal(1, Assert.Single(books, entry => entry.Reason == Reason.TooOld).Events);
        Assert.Equal(2, Assert.Single(folding.Blocks[^1].Rejected).Offset);
    }

    [Fact]
    public void Event_SentAgain_WhoseGroupWaitedUntilTheFirstIsForgotten_IsTooOld()
    {
        using var folding = new Folding();
        var told = Numbered(1, Morning);
        folding.Add(Live(1, Morning, told), new TestGroup(TestGroups.Header(1, 2, GroupKind.Tick, Morning.AddHours(65)), [], null));
        // Another instance took it within the window, and could not send it.
        folding.Add(TestGroups.Live(2, 1, Morning.AddHours(47), TestGroups.Sample, told));
        Assert.Equal(1, Assert.Single(folding.Cut().Books, entry => entry.Reason == Reason.TooOld).Events);
        Assert.Equal(1, folding.Events(Outcome.Counted));
    }

    [Fact]
    public void Day_ThatIsAddedToAgainBehindAnImportsEnd_IsToldOnceInTheBlock()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Morning, View(1, Morning, "/"))).Cut();
        folding.Add(
            TestGroups.OfFile(1, 2, Morning, TestGroups.File(1, 1, 0, 10, TestGroups.Sample), View(2, Morning, "/") with { Position = 1 }),
            Stories.End(1, 3, Morning),
            Live(4, Morning, View(3, Morning, "/")));
        var day = Assert.Single(folding.Cut().Days);
        Assert.Equal((true, false), (day.IsLive, day.Began));
    }

    [Fact]
    public void Events_OfARunWithManyGaps_AreCountedAtMostOnce()
    {
        using var folding = new Folding();
        var numbers = Enumerable.Range(1, 400).Select(i => (ulong)(i * 2)).ToArray();
        folding.Add(Live(1, Morning, [.. numbers.Select(number => Numbered(number, Morning))]));
        folding.Add(Live(2, Morning, [.. Enumerable.Range(1, 801).Select(number => Numbered((ulong)number, Morning))]));
        folding.Cut();
        Assert.InRange(folding.Events(Outcome.Counted), 400 + 1, 801);
        Assert.Equal(1201, folding.Events(Outcome.Counted) + folding.Events(Outcome.Duplicate));
        Assert.InRange(folding.Events(Outcome.Counted), 400 + FoldBounds.MostGaps - 2, 400 + FoldBounds.MostGaps + 2);
    }

    [Fact]
    public void State_OfRuns_EndsWithTheWindow()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Morning, [.. Enumerable.Range(1, 50).Select(number => Numbered((ulong)number, Morning) with { Nonce = $"run {number}", Reason = Reason.None })]));
        var before = folding.Fold.StateEntries;
        // The day's state ends later than the runs that it began with.
        folding.Add(new TestGroup(TestGroups.Header(1, 2, GroupKind.Tick, Morning.AddHours(57)), [], null));
        Assert.Equal(1, folding.Fold.LiveDays);
        folding.Add(new TestGroup(TestGroups.Header(1, 3, GroupKind.Tick, Morning.AddHours(80)), [], null));
        Assert.Equal(0, folding.Fold.StateEntries);
        Assert.True(before > 50);
        Assert.Null(folding.Cut().StateFrom);
    }

    [Fact]
    public void State_OfRuns_ThatOutlivesTheDays_IsReadFromWhereItBegan()
    {
        using var folding = new Folding();
        folding.Add(Live(1, Morning.AddHours(47), Numbered(1, Morning)), new TestGroup(TestGroups.Header(1, 2, GroupKind.Tick, Morning.AddHours(97)), [], null));
        Assert.Equal((0, 0L), (folding.Fold.LiveDays, folding.Cut().StateFrom));
        folding.Add(new TestGroup(TestGroups.Header(1, 3, GroupKind.Tick, Morning.AddHours(120)), [], null));
        Assert.Null(folding.Cut().StateFrom);
    }

    private static long EntriesAfter(Folding folding, int firstGroup, int lastGroup)
    {
        for (var group = firstGroup; group < lastGroup; group++)
        {
            var at = Morning.AddSeconds(group * 10);
            folding.Add(Live((ulong)group + 1, at, [.. Enumerable.Range(0, 400).Select(i => View(i % 20, at, (i / 20 % 3) == 0 ? "/" : "/a"))]));
        }

        return folding.Fold.StateEntries;
    }

    private static string Word(int number) => new([.. Enumerable.Range(0, 3).Select(place => (char)('a' + (number / (int)Math.Pow(8, place) % 8)))]);

    private static TestEvent View(int visitor, DateTimeOffset at, string path) => new(at, $"8.8.{visitor / 200}.{visitor % 200}", Agent, path);

    private static TestEvent Numbered(ulong number, DateTimeOffset at) =>
        new(at, "8.8.8.8", Agent, "/", 0, 0, "", Flags: EventFlags.Pixel, Client: "cookie", Nonce: "run", Counter: number);

    private static TestGroup File(int number, params TestEvent[] views) => 
        TestGroups.OfFile(1, (ulong)number + 1, Morning.AddDays(9), TestGroups.File(1, 1, number * 1000, (number * 1000) + 1000, TestGroups.Sample), [.. views.Select((view, i) => view with { Position = (number * 1000) + i })]);

    private static TestGroup Live(ulong sequence, DateTimeOffset at, params TestEvent[] views) => TestGroups.Live(1, sequence, at, TestGroups.Sample, views);
}
