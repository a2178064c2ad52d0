using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>What PostgreSQL says of what has been counted: books, closes, pointers, duplicates across restarts.</summary>
public sealed class BooksTests
{
    [Fact]
    public async Task Group_ThatDoesNotOpen_IsRejectedAndPointedTo_AndStopsNothing()
    {
        await using var bench = await Bench.CreateAsync();
        var (first, missing, last) = (Stories.Live(3).ElementAt(0), Stories.Live(3).ElementAt(1), Stories.Live(3).ElementAt(2));
        bench.Append(0, first);
        missing.Header.StateKey = "state/2020-01-01";
        bench.Append(0, missing);
        bench.Log.Append(0, [1, 2, 3]);
        bench.Append(0, last);

        await bench.RunAsync();

        Assert.Equal(20, await bench.CountedAsync());
        Assert.Equal(11, await bench.ScalarAsync<long>($"select sum(events)::bigint from kp.books where outcome = 'rejected' and reason = {(int)Reason.Unreadable}"));
        Assert.Equal("1,2", await bench.ScalarAsync<string>("""select string_agg("offset"::text, ',' order by "offset") from kp.rejected"""));
    }

    [Fact]
    public async Task File_SentAgainAfterARestart_CountsNothingTwice()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Send(import: 1, sequence: 1));
        await bench.RunAsync();
        bench.Append(0, Send(import: 2, sequence: 10));
        bench.Append(0, TestGroups.OfFile(1, 20, Stories.Noon, TestGroups.File(1, 2, 300, 310, TestGroups.Sample), Stories.View(500, Stories.Noon, "/", 300)));

        await bench.RunAsync();

        Assert.Equal(31, await bench.CountedAsync());
        Assert.Equal(30, await bench.ScalarAsync<long>("select sum(events)::bigint from kp.books where outcome = 'duplicate'"));
        Assert.Equal(31, (await bench.VisibleAsync()).Where(cell => cell.Key.Table == Schemas.Lattice.Table.Site).Sum(cell => cell.Value.Requests));

        static IEnumerable<TestGroup> Send(int import, ulong sequence) => Enumerable.Range(0, 3).Select(group => TestGroups.OfFile(
            1, sequence + (ulong)group, Stories.Noon, TestGroups.File(1, import, group * 100, (group + 1) * 100, TestGroups.Sample),
            [.. Enumerable.Range(0, 10).Select(i => Stories.View((group * 10) + i, Stories.Noon, "/", (group * 100) + (i * 10)))]));
    }

    [Fact]
    public async Task Rejected_AndDropped_AreInTheBooksByReason()
    {
        await using var bench = await Bench.CreateAsync();
        var view = Stories.View(1, Stories.Noon);
        bench.Append(0, TestGroups.Live(1, 1, Stories.Noon, TestGroups.Sample, view, view with { Reason = Reason.BadTime }, view with { Reason = Reason.OptedOut }));
        bench.Append(0, TestGroups.Live(1, 2, Stories.Noon, null, view with { Reason = Reason.UnknownSite }));

        await bench.RunAsync();

        Assert.Equal(
            "counted/0/sample/1 dropped/100/sample/1 rejected/1//1 rejected/4/sample/1",
            await bench.ScalarAsync<string>("select string_agg(concat_ws('/', outcome, reason, site, events), ' ' order by outcome, reason) from kp.books"));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from kp.rejected"));
    }

    [Fact]
    public async Task LiveDay_ClosesWhenEveryPartitionHasPassedIt()
    {
        await using var bench = await Bench.CreateAsync();
        var close = new DateTimeOffset(2026, 1, 2, 2, 0, 0, TimeSpan.Zero);
        bench.Append(0, [.. Stories.Live(1), Stories.Tick(90, close)]);
        await bench.RunAsync(0);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.day_closes"));

        bench.Append(1, Stories.Tick(1, close.AddMilliseconds(-1)));
        await bench.RunAsync(1);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.day_closes"));

        bench.Append(1, Stories.Tick(2, close));
        await bench.RunAsync(1);
        Assert.Equal("sample 2026-01-01 0,sample 2026-01-01 1", await bench.ScalarAsync<string>("select string_agg(concat_ws(' ', site, day, partition), ',' order by partition) from kp.day_closes"));
    }

    [Fact]
    public async Task ImportsDays_CloseAtItsEndOnEveryPartition_TodayStaysOpen()
    {
        await using var bench = await Bench.CreateAsync();
        var file = TestGroups.File(1, 7, 0, 20, TestGroups.Sample);
        bench.Append(0, TestGroups.OfFile(1, 1, Stories.Noon, file, Stories.View(1, Stories.Noon.AddDays(-3), "/", 0), Stories.View(2, Stories.Noon, "/", 10)), Stories.End(7, 2, Stories.Noon));
        await bench.RunAsync(0);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.day_closes"));

        bench.Append(1, Stories.End(7, 1, Stories.Noon));
        await bench.RunAsync(1);

        Assert.Equal("2025-12-29 0,2025-12-29 1", await bench.ScalarAsync<string>("select string_agg(concat_ws(' ', day, partition), ',' order by day, partition) from kp.day_closes"));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from kp.import_ends"));
    }

    [Fact]
    public async Task Restart_AfterManyBlocks_ReplaysFromAReplayPointAndKnowsItsVisitors()
    {
        await using var bench = await Bench.CreateAsync();
        // A day whose state has ended, then two days later others.
        bench.Append(0, Stories.Live(16));
        bench.Append(0, Later(100, 16));
        await bench.RunAsync();
        Assert.True(await bench.ScalarAsync<long>("select replay_from from kp.partitions where partition = 0") > 0);

        bench.Append(0, Later(200, 3));
        await bench.RunAsync();

        ExactlyOnceTests.AssertEqual(ExactlyOnceTests.FoldOf([.. Stories.Live(16), .. Later(100, 16), .. Later(200, 3)]), await bench.VisibleAsync());

        static IEnumerable<TestGroup> Later(ulong sequence, int groups) => Enumerable.Range(0, groups).Select(group => TestGroups.Live(
            1, sequence + (ulong)group, Stories.Noon.AddDays(4).AddSeconds(sequence + (ulong)group), TestGroups.Sample,
            [.. Enumerable.Range(0, 10).Select(i => Stories.View(i + (group % 4), Stories.Noon.AddDays(4), "/c"))]));
    }
}
