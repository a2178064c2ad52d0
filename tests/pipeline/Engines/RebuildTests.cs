using System.Text.Json.Nodes;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Processors.Rebuilding;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>The log folded again, on real PostgreSQL and ClickHouse: equal where nothing changed, added to where more is found, told where less is.</summary>
public sealed class RebuildTests : IDisposable
{
    private const string Outcomes = """select coalesce(string_agg(distinct outcome, ' ' order by outcome), '') from kp.rebuild_days d join kp.rebuilds r using (rebuild) where r.generation = """;

    private const string Added = "select count(*) from kp.blocks b join kp.rebuilds r on r.rebuild = b.topic where b.seq is not null";

    private static readonly DateTimeOffset Close = new(2026, 1, 2, 2, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _lists = Directory.CreateTempSubdirectory("kp-lists-");

    public void Dispose() => _lists.Delete(recursive: true);

    [Fact]
    public async Task Unchanged_log_and_fold_give_equal_rows_and_publish_nothing()
    {
        await using var bench = await Bench.CreateAsync();
        await CountManyThingsAsync(bench);
        var counted = await bench.VisibleAsync();
        var head = await bench.ScalarAsync<long>("select seq from kp.head");

        await bench.RebuildAsync();

        ExactlyOnceTests.AssertEqual(counted, await bench.RebuiltAsync(1));
        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());
        Assert.Equal("equal", await bench.ScalarAsync<string>(Outcomes + 1));
        Assert.Equal("done equal", await bench.ScalarAsync<string>("select concat_ws(' ', state, books, problem) from kp.rebuilds"));
        Assert.Equal(head, await bench.ScalarAsync<long>("select seq from kp.head"));
        Assert.Equal(counted.Select(cell => (cell.Key.Site, cell.Key.Day, cell.Key.Table.Id)).Distinct().Count(), await bench.ScalarAsync<long>("select count(*) from kp.rebuild_days"));
    }

    [Fact]
    public async Task Other_lists_add_what_is_higher_and_tell_what_is_lower()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        var before = await bench.VisibleAsync();

        await bench.RebuildAsync();

        var wanted = ExactlyOnceTests.FoldOf(Told());
        var after = await bench.VisibleAsync();
        foreach (var (name, counters) in wanted.Where(cell => cell.Key.Table is not ({ Dimension: "agent" } or { Dimension: "bot" })))
            Assert.Equal((name, counters), (name, after[name]));
        foreach (var (name, counters) in before.Where(cell => cell.Key.Table is { Dimension: "agent" } or { Dimension: "bot" }))
            Assert.Equal((name, counters), (name, after[name]));
        Assert.NotEqual(before[Hour()], after[Hour()]);
        Assert.Equal("equal higher lower", await bench.ScalarAsync<string>(Outcomes + 1));
        Assert.Equal("10 11", await bench.ScalarAsync<string>("""select string_agg("table"::text, ' ' order by "table") from kp.rebuild_days where outcome = 'lower'"""));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.rebuild_days where (outcome = 'higher') <> (block is not null)"));

        // Once more: nothing is left to add.
        await bench.RebuildAsync();
        ExactlyOnceTests.AssertEqual(after, await bench.VisibleAsync());
        Assert.Equal("equal lower", await bench.ScalarAsync<string>(Outcomes + 2));

        static CellName Hour() => new("sample", new DateOnly(2026, 1, 1), Table.Site, 12, "");
    }

    [Fact]
    public async Task A_day_that_came_in_after_its_visitors_were_forgotten_is_not_added_to()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        var later = Close.AddDays(4);
        var again = Readers().First().Events.Select((view, i) => view with { Position = 10 * i });
        bench.Append(0, Stories.Tick(200, later), TestGroups.OfFile(1, 201, later, TestGroups.File(1, 7, 0, 300, TestGroups.Sample), [.. again]));
        await bench.RunAsync(0, reference: strict);
        var counted = await bench.VisibleAsync();

        await bench.RebuildAsync();

        Assert.Equal("part", await bench.ScalarAsync<string>(Outcomes + 1));
        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());
    }

    [Fact]
    public async Task Less_than_was_counted_is_told_and_stays()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, Lists.Reference);
        var counted = await bench.VisibleAsync();

        await bench.RebuildAsync(strict);

        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());
        Assert.Contains("lower", await bench.ScalarAsync<string>(Outcomes + 1), StringComparison.Ordinal);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.rebuild_days where block is not null"));
    }

    [Fact]
    public async Task Publisher_publishes_the_additions_of_a_closed_day_as_late_data()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await bench.ScalarAsync<int>("insert into kp.sites (name, revision, timezone, hosts, created_at) values ('sample', 1, 'UTC', '{}', now()) returning 1");
        await CountReadersAsync(bench, strict);
        using var metrics = new PublisherMetrics();
        using var publisher = new PublisherService(bench.Database, bench.Store, bench.Keys, ReleasePolicy.InForce, new PublisherOptions(), metrics, TimeProvider.System, NullLogger<PublisherService>.Instance);
        await publisher.CycleAsync(CancellationToken.None);
        var (visitors, bots) = (await PublishedAsync(bench, Table.Site, "visitors"), await PublishedAsync(bench, Table.Bot, "requests"));

        await bench.RebuildAsync();
        await publisher.CycleAsync(CancellationToken.None);

        var wanted = ExactlyOnceTests.FoldOf(Told()).Where(cell => cell.Key.Table == Table.Site).Sum(cell => cell.Value.Visitors);
        Assert.True(visitors < wanted);
        Assert.Equal(wanted, await PublishedAsync(bench, Table.Site, "visitors"));
        Assert.Equal(wanted, await PublishedAsync(bench, Table.Browser, "visitors"));
        Assert.Equal(bots, await PublishedAsync(bench, Table.Bot, "requests"));
    }

    // The first twelve fill a step, which is held; those that are added fill the next one, so that it is told.
    [Fact]
    public async Task Publisher_gathers_the_additions_of_an_open_day_into_its_steps()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await bench.ScalarAsync<int>("insert into kp.sites (name, revision, timezone, hosts, created_at) values ('sample', 1, 'UTC', '{}', now()) returning 1");
        bench.Append(0, [.. Readers()]);
        await bench.RunAsync(0, reference: strict);
        using var metrics = new PublisherMetrics();
        using var publisher = new PublisherService(
            bench.Database, bench.Store, bench.Keys, ReleasePolicy.InForce, new PublisherOptions(), metrics, new FakeTimeProvider(Stories.Noon.AddHours(1)), NullLogger<PublisherService>.Instance);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal(0, await PublishedAsync(bench, Table.Site, "visitors"));

        await bench.RebuildAsync();
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal((12, 0), (await PublishedAsync(bench, Table.Site, "visitors"), await PublishedAsync(bench, Table.Browser, "visitors")));

        bench.Append(0, Stories.Tick(90, Close));
        bench.Append(1, Stories.Tick(90, Close, instance: 2));
        await bench.RunAsync(0);
        await bench.RunAsync(1);
        await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal((24, 24), (await PublishedAsync(bench, Table.Site, "visitors"), await PublishedAsync(bench, Table.Browser, "visitors")));
    }

    [Theory]
    [InlineData("insert", false, 3)]
    [InlineData("insert", true, 2)]
    [InlineData("begin", true, 1)]
    [InlineData("insert", true, 7)]
    [InlineData("finish", false, 1)]
    [InlineData("finish", true, 1)]
    public async Task Crash_anywhere_and_gone_on_with_adds_once(string step, bool afterwards, int nth)
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        var crashing = WatchedStores.CrashingAt(bench, step, afterwards, nth);

        await Assert.ThrowsAsync<CrashException>(() => bench.RebuildAsync(ledger: crashing, store: crashing));
        await bench.RebuildAsync();

        var after = await bench.VisibleAsync();
        foreach (var (name, counters) in ExactlyOnceTests.FoldOf(Told()).Where(cell => cell.Key.Table.Kind != TableKind.Technical))
            Assert.Equal((name, counters), (name, after[name]));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from kp.rebuilds where state = 'done'"));
        Assert.Equal(1, await bench.ScalarAsync<long>(Added));
    }

    // Each step is crashed at before and after it, and the rebuild gone on with by the next process: an intent that was
    // stated is settled and named anew, rows that are in may stand, and a block that is done is not added again.
    [Fact]
    public async Task Crashes_at_every_step_of_every_addition_add_each_once()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        TestGroup[] told = [.. Readers(), .. Readers(day: 1), Stories.Tick(290, Close.AddDays(1))];
        bench.Append(0, told);
        bench.Append(1, Stories.Tick(290, Close.AddDays(1), instance: 2));
        await bench.RunAsync(0, reference: strict);
        await bench.RunAsync(1, reference: strict);

        for (var addition = 1; addition <= 2; addition++)
        {
            foreach (var step in (string[])["begin", "settle", "renew", "insert", "finish"])
            {
                foreach (var afterwards in (bool[])[false, true])
                {
                    var crashing = WatchedStores.CrashingInAddition(bench, step, afterwards);
                    await Assert.ThrowsAsync<CrashException>(() => bench.RebuildAsync(ledger: crashing, store: crashing));
                }
            }

            Assert.Equal(addition, await bench.ScalarAsync<long>(Added));
        }

        await bench.RebuildAsync();

        var after = await bench.VisibleAsync();
        foreach (var (name, counters) in ExactlyOnceTests.FoldOf(told).Where(cell => cell.Key.Table.Kind != TableKind.Technical))
            Assert.Equal((name, counters), (name, after[name]));
        Assert.Equal("done", await bench.ScalarAsync<string>("select string_agg(state, ' ') from kp.rebuilds"));
        Assert.Equal(2, await bench.ScalarAsync<long>(Added));
    }

    [Fact]
    public async Task Counting_goes_on_meanwhile_and_is_not_compared()
    {
        await using var bench = await Bench.CreateAsync();
        await CountManyThingsAsync(bench);
        var (rebuilder, rebuild) = await bench.TakeUpAsync();
        bench.Append(0, Later(500, Close.AddHours(1)));
        await bench.RunAsync();
        var counted = await bench.VisibleAsync();

        await rebuilder.RunAsync(rebuild, CancellationToken.None);

        Assert.Equal("equal", await bench.ScalarAsync<string>(Outcomes + 1));
        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());
    }

    [Fact]
    public async Task Days_that_reach_before_the_span_are_not_compared()
    {
        await using var bench = await Bench.CreateAsync();
        bench.Append(0, Stories.Live(6));
        // The day after, of which part lies before the span; the one after that, whose visits may begin before it; and one that is whole.
        bench.Append(0, Under("2026-01-02", Later(100, Close)), Under("2026-01-03", Later(200, Close.AddHours(10))), Under("2026-01-03", Later(300, Close.AddDays(1))), Under("2026-01-03", Later(400, Close.AddDays(2))));
        await bench.RunAsync();
        var counted = await bench.VisibleAsync();

        await bench.RebuildAsync(from: new DateOnly(2026, 1, 3));

        Assert.Equal("part", await bench.ScalarAsync<string>("select string_agg(distinct outcome, ' ') from kp.rebuild_days where day <= '2026-01-03'"));
        Assert.Equal("equal", await bench.ScalarAsync<string>("select string_agg(distinct outcome, ' ') from kp.rebuild_days where day > '2026-01-03'"));
        Assert.Equal("part", await bench.ScalarAsync<string>("select books from kp.rebuilds"));
        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());

        static TestGroup Under(string day, TestGroup group)
        {
            group.Header.SealingKey = $"sealing/{day}";
            return group;
        }
    }

    [Fact]
    public async Task Days_whose_counts_have_ended_are_held_against_what_is_published_and_nothing_is_added()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        foreach (var key in bench.Keys.Living("pending").Where(key => key == "pending/2026-01-01"))
            bench.Keys.End(key);

        await bench.RebuildAsync();

        Assert.Equal("ended-higher", await bench.ScalarAsync<string>(Outcomes + 1));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from kp.rebuild_days where block is not null"));
    }

    [Fact]
    public async Task Days_whose_counts_have_ended_are_held_against_every_label_that_is_published()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await bench.ScalarAsync<int>("insert into kp.sites (name, revision, timezone, hosts, created_at) values ('sample', 1, 'UTC', '{}', now()) returning 1");
        await CountReadersAsync(bench, Lists.Reference);
        using var metrics = new PublisherMetrics();
        using var publisher = new PublisherService(bench.Database, bench.Store, bench.Keys, ReleasePolicy.InForce, new PublisherOptions(), metrics, TimeProvider.System, NullLogger<PublisherService>.Instance);
        await publisher.CycleAsync(CancellationToken.None);
        var told = await bench.Store.CountAsync("SELECT uniqExact(`table`) FROM published WHERE `table` NOT IN (0, 12, 13) AND label <> '(other)'", CancellationToken.None);
        foreach (var key in bench.Keys.Living("pending").Where(key => key == "pending/2026-01-01"))
            bench.Keys.End(key);

        await bench.RebuildAsync();
        await bench.RebuildAsync(strict);

        Assert.Equal("ended-equal", await bench.ScalarAsync<string>(Outcomes + 1));
        Assert.Equal((long)told, await bench.ScalarAsync<long>("select count(*) from kp.rebuild_days d join kp.rebuilds r using (rebuild) where r.generation = 1"));
        // What half of the readers did is of bots now: of pages and browsers there is less than was published, of status as much.
        Assert.Equal("ended-lower", await bench.ScalarAsync<string>($"{Outcomes}2 and \"table\" in ({Table.Site.Id}, {Table.Page.Id}, {Table.Browser.Id})"));
        Assert.Equal("ended-equal", await bench.ScalarAsync<string>($"{Outcomes}2 and \"table\" = {Table.Status.Id}"));
    }

    [Fact]
    public async Task Books_that_differ_fail_the_rebuild_and_nothing_is_added()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        await bench.ScalarAsync<int>("update kp.books set events = events + 1 where outcome = 'counted' returning 1");
        var counted = await bench.VisibleAsync();

        var failure = await Assert.ThrowsAsync<RebuildFailedException>(() => bench.RebuildAsync());

        Assert.Contains("counted of sample", failure.Message, StringComparison.Ordinal);
        ExactlyOnceTests.AssertEqual(counted, await bench.VisibleAsync());
    }

    [Fact]
    public async Task Fold_that_changes_in_the_middle_fails_the_rebuild()
    {
        await using var bench = await Bench.CreateAsync();
        using var strict = StrictLists();
        await CountReadersAsync(bench, strict);
        await bench.TakeUpAsync();

        await Assert.ThrowsAsync<RebuildFailedException>(() => bench.TakeUpAsync(strict));
    }

    // Two partitions, two sites' days, a file that is sent twice, a group twice, rejected and dropped rows, a closed day and an open one.
    private static async Task CountManyThingsAsync(Bench bench)
    {
        var view = Stories.View(1, Stories.Noon);
        bench.Append(0, [.. Stories.Live(12), .. Stories.Live(2)]);
        bench.Append(0, TestGroups.Live(1, 50, Stories.Noon, TestGroups.Sample, view, view with { Reason = Reason.BadTime }, view with { Reason = Reason.OptedOut }));
        bench.Append(0, TestGroups.Live(1, 51, Stories.Noon, null, view with { Reason = Reason.UnknownSite }));
        bench.Append(0, File(import: 7, sequence: 60), File(import: 8, sequence: 61), Stories.Tick(90, Close));
        bench.Append(1, [.. Stories.Live(5, instance: 2, visitors: 9), Stories.Tick(90, Close, instance: 2), TestGroups.Live(2, 91, Close, TestGroups.LosAngeles, Stories.View(3, Close))]);
        await bench.RunAsync(0);
        await bench.RunAsync(1);

        static TestGroup File(int import, ulong sequence) => TestGroups.OfFile(
            1, sequence, Stories.Noon, TestGroups.File(1, import, 0, 300, TestGroups.Sample),
            [.. Enumerable.Range(0, 30).Select(i => Stories.View(i, Stories.Noon.AddDays(-2).AddMinutes(i), "/old", i * 10))]);
    }

    // 24 people, of whom half read with what the strict lists take for a bot.
    private static IEnumerable<TestGroup> Readers(int day = 0) => Enumerable.Range(0, 12).Select(group => TestGroups.Live(
        1, (ulong)((day * 100) + group + 1), Stories.Noon.AddDays(day).AddSeconds(group), TestGroups.Sample,
        [.. Enumerable.Range(0, 24).Select(person => Stories.View(person * 250, Stories.Noon.AddDays(day).AddSeconds(group), person % 3 == 0 ? "/a" : "/b") is var view && person % 2 == 0 ? view : view with { Agent = view.Agent + " KpTestReader" })]));

    private static TestGroup[] Told() => [.. Readers(), Stories.Tick(90, Close)];

    private static async Task CountReadersAsync(Bench bench, ReferenceData lists)
    {
        bench.Append(0, Told());
        bench.Append(1, Stories.Tick(90, Close, instance: 2));
        await bench.RunAsync(0, reference: lists);
        await bench.RunAsync(1, reference: lists);
    }

    private static TestGroup Later(ulong sequence, DateTimeOffset at) =>
        TestGroups.Live(1, sequence, at, TestGroups.Sample, [.. Enumerable.Range(0, 10).Select(i => Stories.View(i, at, "/later"))]);

    private static async Task<long> PublishedAsync(Bench bench, Table table, string figure) =>
        (long)await bench.Store.CountAsync($"SELECT sum(ifNull({figure}, 0)) FROM published WHERE `table` = {table.Id}", CancellationToken.None);

    private ReferenceData StrictLists()
    {
        foreach (var file in Directory.GetFiles(ReferenceData.DefaultDirectory))
            System.IO.File.Copy(file, Path.Combine(_lists.FullName, Path.GetFileName(file)));
        var path = Path.Combine(_lists.FullName, "crawler-user-agents.json");
        var crawlers = JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsArray();
        crawlers.Add(new JsonObject { ["pattern"] = "KpTestReader", ["url"] = "", ["instances"] = new JsonArray() });
        System.IO.File.WriteAllText(path, crawlers.ToJsonString());
        return ReferenceData.Load(_lists.FullName);
    }
}
