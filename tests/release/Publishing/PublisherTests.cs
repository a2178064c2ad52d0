using KpTelemetry.Privacy;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Release.Tests.Publishing;

public sealed class PublisherTests
{
    private static readonly DateOnly Day = new(2015, 5, 17);
    private static readonly StandingClock OnThatDay = new(new DateTimeOffset(2015, 5, 17, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task ClosedDay_BlocksOfTwoPartitions_IsPublishedExactlyAndOnce()
    {
        await using var site = await Site.CreateAsync();
        await site.BlockAsync([.. Visitors(Day, 10, 20), .. Page(Day, "/", 10, 20), .. Page(Day, "/small", 3, 3, entered: 2)]);
        await site.BlockAsync([.. Visitors(Day, 11, 15), .. Page(Day, "/", 5, 5), .. Page(Day, "/about", 10, 12, entered: 10)]);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Empty(await site.PublishedAsync());

        await site.CloseAsync(Day);
        await publisher.CycleAsync(CancellationToken.None);
        await publisher.CycleAsync(CancellationToken.None);
        await site.ExecuteAsync("update kp.publishers set renewed_at = '-infinity'");
        using var successor = site.Publisher();
        await successor.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.Equal((35, 35, 21), published["2015-05-17 1 "]);
        Assert.Equal((25, 25, 15), published["2015-05-17 2 /"]);
        Assert.Equal((15, 15, null), published["2015-05-17 2 (other)"]);
        Assert.Equal((35, null, null), published["2015-05-17 8 200"]);
        Assert.Equal(4, published.Count);
        Assert.Equal(3, await site.ScalarAsync<long>("select decided_seq from kp.publishers where site = 'sample'"));
        Assert.Equal(1L, await site.ScalarAsync<long>("select count(*) from kp.releases"));
    }

    [Fact]
    public async Task ClosedDay_LabelWithAnIdentifier_CountsInTheRestUnderNoName()
    {
        await using var site = await Site.CreateAsync();
        await site.BlockAsync([.. Visitors(Day, 60, 60), .. Page(Day, "/", 20, 20), .. Page(Day, "/x/123-45-6789", 25, 25), .. Page(Day, "/small", 5, 5), .. Page(Day, "/smaller", 10, 10)]);
        await site.CloseAsync(Day);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.DoesNotContain(published.Keys, key => key.Contains("6789", StringComparison.Ordinal));
        Assert.Equal((40, 40, null), published["2015-05-17 2 (other)"]);
        Assert.Equal((20, 20, 20), published["2015-05-17 2 /"]);
    }

    [Fact]
    public async Task OpenDay_NewestFullStep_StaysBackUntilTheNext()
    {
        await using var site = await Site.CreateAsync();
        using var publisher = site.Publisher(OnThatDay);
        var seen = new List<long?>();
        foreach (var visitors in new[] { 6, 6, 5, 7, 11 })
        {
            await site.BlockAsync([.. Visitors(Day, visitors, visitors)]);
            await publisher.CycleAsync(CancellationToken.None);
            seen.Add((await site.PublishedAsync()).GetValueOrDefault("2015-05-17 1 ").Visitors);
        }

        Assert.Equal([null, null, null, 12L, 24L], seen);
        await site.CloseAsync(Day);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal(35, (await site.PublishedAsync())["2015-05-17 1 "].Visitors);
    }

    [Fact]
    public async Task OpenDay_TakenOver_GoesOnWithTheSameSteps()
    {
        await using var site = await Site.CreateAsync();
        long? last = null;
        foreach (var visitors in new[] { 6, 6, 5, 7, 11 })
        {
            await site.BlockAsync([.. Visitors(Day, visitors, visitors)]);
            await site.ExecuteAsync("update kp.publishers set renewed_at = '-infinity'");
            using var publisher = site.Publisher(OnThatDay);
            await publisher.CycleAsync(CancellationToken.None);
            last = (await site.PublishedAsync()).GetValueOrDefault("2015-05-17 1 ").Visitors;
        }

        Assert.Equal(24, last);
    }

    [Fact]
    public async Task LateData_WaitsForEnoughPeopleAndTheEndOfAnImport()
    {
        await using var site = await Site.CreateAsync();
        using var publisher = site.Publisher();
        await site.BlockAsync([.. Visitors(Day, 5, 5), .. Page(Day, "/", 5, 5)]);
        await site.CloseAsync(Day);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal((5, null, null), (await site.PublishedAsync())["2015-05-17 1 "]);
        Assert.Equal(3, await BandAsync(site, Table.Site));
        Assert.Equal(0, await BandAsync(site, Table.Status));

        await site.BlockAsync([.. Visitors(Day, 7, 9), .. Page(Day, "/", 7, 9)]);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal((5, null, null), (await site.PublishedAsync())["2015-05-17 1 "]);

        await site.EndImportAsync();
        await publisher.CycleAsync(CancellationToken.None);
        var published = await site.PublishedAsync();
        Assert.Equal((14, 14, 12), published["2015-05-17 1 "]);
        Assert.Equal((14, 14, null), published["2015-05-17 2 /"]);
        Assert.Equal((14, null, null), published["2015-05-17 8 200"]);
        Assert.Equal(0, await BandAsync(site, Table.Site));
    }

    [Fact]
    public async Task ManyDays_ReleasesAreOnePartEachAndSpanYears()
    {
        await using var site = await Site.CreateAsync();
        DateOnly[] days = [.. Enumerable.Range(0, 400).Select(i => Day.AddDays(i))];
        await site.BlockAsync([.. days.SelectMany(day => Visitors(day, 12, 13))]);
        await site.CloseAsync(days);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.All(days, day => Assert.Equal((13, 13, 12), published[$"{day:yyyy-MM-dd} 1 "]));
        var releases = await site.ScalarAsync<long>("select count(*) from kp.releases where done_at is not null");
        Assert.InRange(releases, 2, 17);
        Assert.Equal((ulong)releases, await site.Store.CountAsync("SELECT count() FROM published WHERE `table` = 0", CancellationToken.None));
        // Every part that a release left holds its marker: it came whole.
        Assert.Equal(0UL, await site.Store.CountAsync(
            "SELECT count() FROM (SELECT attempt, uniqExact(_part) AS parts FROM published GROUP BY attempt HAVING parts > 1)", CancellationToken.None));
    }

    [Fact]
    public async Task ManyDays_CrashBetweenTwoReleases_PublishesTheRestAndNothingTwice()
    {
        await using var site = await Site.CreateAsync();
        DateOnly[] days = [.. Enumerable.Range(0, 100).Select(i => Day.AddDays(i))];
        await site.BlockAsync([.. days.SelectMany(day => Visitors(day, 12, 13))]);
        await site.CloseAsync(days);
        await site.ExecuteAsync(
            """
            create function kp.crash() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
            create trigger crash before update of done_at on kp.releases for each row when (new.number = 3) execute function kp.crash();
            """);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.False(publisher.IsHealthy);
        Assert.Equal(0L, await site.ScalarAsync<long>("select decided_seq from kp.publishers where site = 'sample'"));
        Assert.InRange((await site.PublishedAsync()).Count, 100, 199);

        await site.ExecuteAsync("drop function kp.crash() cascade");
        await publisher.CycleAsync(CancellationToken.None);
        await publisher.CycleAsync(CancellationToken.None);
        var published = await site.PublishedAsync();
        Assert.Equal(200, published.Count);
        Assert.All(days, day => Assert.Equal((13, 13, 12), published[$"{day:yyyy-MM-dd} 1 "]));
    }

    [Fact]
    public async Task Import_OfTheSizeOfAMillionLines_IsDecidedInOneGo()
    {
        await using var site = await Site.CreateAsync();
        const int blocks = 12, labels = 1500;
        DateOnly[] days = [.. Enumerable.Range(0, 14).Select(i => Day.AddDays(i))];
        for (var block = 0; block < blocks; block++)
            await site.BlockAsync([.. days.SelectMany(day => Visitors(day, labels, labels).Concat(Enumerable.Range(0, labels).SelectMany(i => Page(day, $"/page/{i}", 1, 1))))]);
        await site.CloseAsync(days);
        using var publisher = site.Publisher();
        var started = TimeProvider.System.GetTimestamp();
        await publisher.CycleAsync(CancellationToken.None);
        TestContext.Current.TestOutputHelper?.WriteLine($"{blocks * days.Length * labels} pending labels decided in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:F0} ms");

        var published = await site.PublishedAsync();
        Assert.Equal(14 * (1 + 1 + labels), published.Count);
        Assert.All(days, day => Assert.Equal((blocks * labels, blocks * labels, blocks * labels), published[$"{day:yyyy-MM-dd} 1 "]));
        Assert.Equal((blocks, blocks, blocks), published["2015-05-30 2 /page/1499"]);
    }

    public static TheoryData<string, string> Crashes => new()
    {
        { "before the intent", "before insert on kp.releases" },
        { "after the insert, at the done release", "before update of done_at on kp.releases" },
        { "at naming the attempt", "before update on kp.attempts" },
        { "at the day's state", "before insert on kp.release_days" },
        { "at the commit", "after update on kp.publishers deferrable initially deferred" },
    };

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task Publisher_CrashesAtAStep_IsTakenOverAndNothingIsPublishedTwice(string step, string trigger)
    {
        _ = step;
        await using var site = await Site.CreateAsync();
        using var crashing = site.Publisher();
        await crashing.CycleAsync(CancellationToken.None);
        await site.BlockAsync([.. Visitors(Day, 12, 20), .. Page(Day, "/", 12, 20)]);
        await site.CloseAsync(Day);
        await site.CrashAtAsync(trigger);
        await crashing.CycleAsync(CancellationToken.None);
        Assert.False(crashing.IsHealthy);
        Assert.Empty(await site.PublishedAsync());

        await site.ExecuteAsync("drop function kp.crash() cascade; update kp.publishers set renewed_at = '-infinity'");
        using var successor = site.Publisher();
        await successor.CycleAsync(CancellationToken.None);
        await crashing.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.Equal((20, 20, 12), published["2015-05-17 1 "]);
        Assert.Equal((20, 20, null), published["2015-05-17 2 /"]);
        Assert.Equal(1L, await site.ScalarAsync<long>("select count(*) from kp.releases where done_at is not null"));
    }

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task SmallDays_CrashAtAStep_JoinTheirWeekOnce(string step, string trigger)
    {
        _ = step;
        await using var site = await Site.CreateAsync();
        using var crashing = site.Publisher();
        DateOnly[] days = [Day.AddDays(-6), Day.AddDays(-4), Day];
        await site.BlockAsync([.. days.SelectMany(day => Visitors(day, 5, 10))]);
        await site.CloseAsync(days[0], days[1]);
        await crashing.CycleAsync(CancellationToken.None);
        await site.CrashAtAsync(trigger);
        await site.CloseAsync(days[2]);
        await crashing.CycleAsync(CancellationToken.None);
        Assert.False(crashing.IsHealthy);
        Assert.DoesNotContain("2015-05-11 1 2015-05-17", (await site.PublishedAsync()).Keys);

        await site.ExecuteAsync("drop function kp.crash() cascade; update kp.publishers set renewed_at = '-infinity'");
        using var successor = site.Publisher();
        await successor.CycleAsync(CancellationToken.None);
        await site.BlockAsync([.. Visitors(days[0], 12, 12), .. Page(days[0], "/", 12, 12)]);
        await site.EndImportAsync();
        await successor.CycleAsync(CancellationToken.None);
        await crashing.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.Equal((null, 30, 15), published["2015-05-11 1 2015-05-17"]);
        Assert.Equal((22, 12, 12), published["2015-05-11 1 "]);
        Assert.Equal((12, 12, null), published["2015-05-11 2 /"]);
        Assert.Equal((10, null, null), published["2015-05-17 1 "]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LateData_OfVisitorsWhoMayHaveCountedBefore_IsToldByItselfWheneverThePublisherLooks(bool isPrompt)
    {
        await using var site = await Site.CreateAsync();
        using var publisher = site.Publisher();
        await site.BlockAsync([.. Visitors(Day, 8, 16)]);
        await site.CloseAsync(Day, Day.AddDays(1));
        if (isPrompt)
            await publisher.CycleAsync(CancellationToken.None);
        await site.BlockAsync([.. Visitors(Day.AddDays(1), 5, 20)]);
        await site.BlockAsync([.. Visitors(Day, 8, 16)]);
        await site.ForgetAsync(Day);
        await site.EndImportAsync();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.DoesNotContain((await site.PublishedAsync()).Values, figures => figures.Visitors is not null);

        await site.BlockAsync([.. Visitors(Day, 4, 8)]);
        await site.EndImportAsync();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal(12, (await site.PublishedAsync())["2015-05-17 1 "].Visitors);
    }

    [Fact]
    public async Task Visits_OfAClosedDay_ArePublishedWithTheirTreesAndPairsOnce()
    {
        await using var site = await Site.CreateAsync();
        var visits = new Counters { Visits = 40, VouchedVisiting = 40, Entered = 40, VouchedEntered = 40 };
        string[] sources = ["(direct)", "search.example", "other.example"];
        await site.BlockAsync(
        [
            .. Visitors(Day, 60, 60), .. new[] { "/", "/a", "/b" }.SelectMany(page => Page(Day, page, 60, 60, entered: 20)),
            new PendingCell(Day, Table.Site, 9, "", new Counters { Visits = 120, VouchedVisiting = 60, Bounces = 50, VouchedBouncing = 40, VouchedStaying = 20, VisitSeconds = 7000, CappedVisitSeconds = 7000 }),
            .. sources.Select(source => new PendingCell(Day, Table.Source, 0, source, visits)),
            .. sources.SelectMany(source => new[] { "/", "/a", "/b" }.Select(page => new PendingCell(Day, Table.PageSource, 0, Labels.Pair(page, source), Counted(17, 18, 0)))),
        ]);
        await site.CloseAsync(Day);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);

        var published = await site.PublishedAsync();
        Assert.Equal((null, 20, null), published[$"2015-05-17 20 {Labels.Pair("/a", "search.example")}"]);
        Assert.Equal(9, published.Keys.Count(cell => cell.StartsWith("2015-05-17 20 ", StringComparison.Ordinal)));
        Assert.Equal("120 50 7000", await site.FiguresAsync("concat(toString(sum(visits)), ' ', toString(sum(bounces)), ' ', toString(sum(visit_seconds)))", Table.Site));
        Assert.Equal("120", await site.FiguresAsync("toString(sum(visits))", Table.Source));
    }

    [Fact]
    public async Task Publisher_InsertHasNoOutcome_IsTriedUnderANewAttempt()
    {
        await using var site = await Site.CreateAsync();
        await site.BlockAsync([.. Visitors(Day, 12, 20)]);
        await site.CloseAsync(Day);
        await site.Store.ExecuteAsync("RENAME TABLE published TO away", CancellationToken.None);
        using var publisher = site.Publisher();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.False(publisher.IsHealthy);

        await site.Store.ExecuteAsync("RENAME TABLE away TO published", CancellationToken.None);
        await publisher.CycleAsync(CancellationToken.None);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.True(publisher.IsHealthy);
        Assert.Equal((20, 20, 12), (await site.PublishedAsync())["2015-05-17 1 "]);
    }

    [Fact]
    public async Task Zombie_AfterATakeOver_PublishesNothing()
    {
        await using var site = await Site.CreateAsync();
        await site.BlockAsync([.. Visitors(Day, 12, 20)]);
        using var zombie = site.Publisher();
        await zombie.CycleAsync(CancellationToken.None);
        await site.ExecuteAsync("update kp.publishers set renewed_at = '-infinity'");
        using var successor = site.Publisher();
        await successor.CycleAsync(CancellationToken.None);
        await site.CloseAsync(Day);

        await zombie.CycleAsync(CancellationToken.None);
        Assert.Empty(await site.PublishedAsync());
        await successor.CycleAsync(CancellationToken.None);
        await zombie.CycleAsync(CancellationToken.None);
        Assert.Equal((20, 20, 12), (await site.PublishedAsync())["2015-05-17 1 "]);
        Assert.Equal(1L, await site.ScalarAsync<long>("select count(*) from kp.releases"));
    }

    internal static IEnumerable<PendingCell> Visitors(DateOnly day, int visitors, int views)
    {
        var counters = Counted(visitors, views, visitors);
        yield return new PendingCell(day, Table.Site, 9, "", counters);
        yield return new PendingCell(day, Table.Status, 0, "200", counters with { PageViews = 0, Visitors = 0, Viewers = 0, Vouched = 0, VouchedViewers = 0 });
    }

    private static IEnumerable<PendingCell> Page(DateOnly day, string page, int visitors, int views, int? entered = null)
    {
        yield return new PendingCell(day, Table.Page, 0, page, Counted(visitors, views, entered ?? visitors));
    }

    private static Counters Counted(int visitors, int views, int entered) => new()
    {
        Requests = views,
        Bytes = views * 100,
        PageViews = views,
        CappedRequests = views,
        CappedViews = views,
        Visitors = visitors,
        Viewers = visitors,
        Vouched = visitors,
        VouchedViewers = visitors,
        Entered = entered,
        VouchedEntered = entered,
    };

    private static async Task<int> BandAsync(Site site, Table table) =>
        await site.ScalarAsync<int>($"select withheld[{table.Id}] from kp.release_days");
}
