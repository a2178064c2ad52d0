using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>The block protocol on real PostgreSQL and ClickHouse.</summary>
public sealed class ExactlyOnceTests
{
    [Fact]
    public async Task Log_OfManyBlocks_IsVisibleAsItsFold()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(25));

        await bench.RunAsync();

        AssertEqual(FoldOf(Stories.Live(25)), await bench.VisibleAsync());
        Assert.Equal(250, await bench.CountedAsync());
        Assert.Equal(7, await bench.ScalarAsync<long>("select count(*) from kp.blocks where seq is not null"));
    }

    public static TheoryData<string, bool, int> Crashes()
    {
        var crashes = new TheoryData<string, bool, int>();
        foreach (var step in new[] { "begin", "insert", "finish" })
        {
            foreach (var afterwards in new[] { false, true })
                crashes.Add(step, afterwards, afterwards ? 2 : 4);
        }

        return crashes;
    }

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task Crash_AtAnyStep_CountsNothingTwiceAndLosesNothing(string step, bool afterwards, int nth)
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(25));
        var crashing = WatchedStores.CrashingAt(bench, step, afterwards, nth);

        await Assert.ThrowsAsync<CrashException>(() => bench.RunAsync(0, crashing, crashing));
        await bench.RunAsync();

        AssertEqual(FoldOf(Stories.Live(25)), await bench.VisibleAsync());
        Assert.Equal(250, await bench.CountedAsync());
    }

    [Fact]
    public async Task Crash_AfterTheInsert_LeavesRowsThatTheSuccessorLetsStand()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(4));
        var crashing = WatchedStores.CrashingAt(bench, "insert", afterwards: true, 1);
        await Assert.ThrowsAsync<CrashException>(() => bench.RunAsync(0, crashing, crashing));
        var attempt = await bench.ScalarAsync<long>("select max(attempt) from kp.attempts");

        await bench.RunAsync();

        Assert.Equal(attempt, await bench.ScalarAsync<long>("select max(attempt) from kp.attempts where done"));
    }

    [Fact]
    public async Task Zombie_ThatWakesUpAfterATakeOver_ChangesNothing()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(9));
        var (asleep, wake) = (new TaskCompletionSource(), new TaskCompletionSource());
        var sleeping = new WatchedStores(bench, async step =>
        {
            if (step != "insert")
                return;
            asleep.TrySetResult();
            await wake.Task;
        }, _ => Task.CompletedTask);

        var zombie = bench.RunAsync(0, sleeping, sleeping);
        await asleep.Task;
        await bench.RunAsync();
        wake.SetResult();
        await zombie;

        AssertEqual(FoldOf(Stories.Live(9)), await bench.VisibleAsync());
        Assert.Equal(90, await bench.CountedAsync());
        Assert.True(await bench.Store.CountAsync("SELECT count() FROM pending WHERE `table` = 0", CancellationToken.None) > (ulong)await bench.ScalarAsync<long>("select count(*) from kp.blocks"), "the zombie's rows are there, unseen");
    }

    [Fact]
    public async Task Steps_OfABlock_ComeInTheirOrder()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(1));
        bench.AppendAccess(0, TestGroups.Header(1, 9, GroupKind.Access, Stories.Noon, 1), new AccessEvent { Member = "member-1", AtMs = Stories.Noon.ToUnixTimeMilliseconds(), Action = "service-accessed", Site = TestGroups.Sample, EventId = "e1" });
        var seen = new List<string>();
        var watched = new WatchedStores(bench, async step => seen.Add($"{step} {await StateAsync(bench)}"), async step => seen.Add($"{step}ed {await StateAsync(bench)}"));

        await bench.RunAsync(0, watched, watched);

        Assert.Equal(
            [
                "begin intents 0, rows 0, access 0, done 0, offsets 0",
                "begined intents 1, rows 0, access 0, done 0, offsets 0",
                "insert intents 1, rows 0, access 0, done 0, offsets 0",
                "inserted intents 1, rows 1, access 0, done 0, offsets 0",
                "finish intents 1, rows 1, access 0, done 0, offsets 0",
                "finished intents 1, rows 1, access 1, done 1, offsets 0",
            ],
            seen);
        Assert.Equal([2], bench.Reached);
    }

    [Fact]
    public async Task Insert_OfAYearOfDays_IsOnePart()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, TestGroups.Live(1, 1, Stories.Noon, TestGroups.Sample, [.. Enumerable.Range(0, 366).Select(day => Stories.View(day, Stories.Noon.AddDays(-day)))]));

        await bench.RunAsync();

        Assert.Equal(1ul, await bench.Store.CountAsync("SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'pending' AND active", CancellationToken.None));
        Assert.Equal(366, (await bench.VisibleAsync()).Keys.Select(cell => cell.Day).Distinct().Count());
    }

    [Fact]
    public async Task ClickHouse_KilledAndBackAgain_LosesNothing()
    {
        using var clickHouse = await ClickHouseServer.StartAsync();
        await using var bench = await Bench.CreateAsync(clickHouse);
        bench.Append(0, Stories.Live(12));
        var inserts = 0;
        var killing = new WatchedStores(bench, step =>
        {
            if (step == "insert" && ++inserts == 2)
                clickHouse.Kill();
            return step == "settle" && inserts == 2 ? clickHouse.RestartAsync() : Task.CompletedTask;
        }, _ => Task.CompletedTask);

        await bench.RunAsync(0, killing, killing);

        AssertEqual(FoldOf(Stories.Live(12)), await bench.VisibleAsync());
        Assert.Equal(120, await bench.CountedAsync());
    }

    [Fact]
    public async Task Claim_OfATopicWithAnotherNumberOfPartitions_IsRefused()
    {
        await using var bench = await Bench.CreateAsync();
        var claims = new PartitionClaims(bench.Database, "test");
        await claims.ClaimAsync(bench.Topic, 0, CancellationToken.None);
        await Assert.ThrowsAsync<PartitionsChangedException>(() => claims.ClaimAsync(bench.Topic with { Partitions = 3 }, 0, CancellationToken.None));
    }

    internal static Dictionary<CellName, Counters> FoldOf(IEnumerable<TestGroup> groups)
    {
        using var folding = new Folding();
        return folding.Add(groups).Cells();
    }

    internal static void AssertEqual(Dictionary<CellName, Counters> expected, Dictionary<CellName, Counters> found)
    {
        foreach (var (name, counters) in expected)
            Assert.Equal((name, counters), (name, found.GetValueOrDefault(name)));
        Assert.Equal(expected.Count, found.Count);
    }

    private static async Task<string> StateAsync(Bench bench)
    {
        var intents = await bench.ScalarAsync<long>("select count(*) from kp.blocks");
        var rows = await bench.Store.CountAsync("SELECT count() FROM pending WHERE `table` = 0", CancellationToken.None);
        var access = await bench.ScalarAsync<long>("select entries from audit.head");
        var done = await bench.ScalarAsync<long>("select count(*) from kp.attempts where done");
        return $"intents {intents}, rows {rows}, access {access}, done {done}, offsets {bench.Reached.Count}";
    }
}
