using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Retaining;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Retaining;

/// <summary>Retention waits for a rebuild that is under way, and a rebuild begins behind what retention has decided. On real PostgreSQL and ClickHouse.</summary>
public sealed class RetentionBesideRebuildTests
{
    private const string First = "sealing/2026-01-01", Later = "sealing/2026-01-16", Waits = "a rebuild that is under way";

    [Fact]
    public async Task Nothing_that_a_rebuild_reads_ends_before_it_is_done()
    {
        await using var bench = await PlayedAsync();
        using var metrics = new RetentionMetrics();
        var retention = RetentionOf(bench, metrics);
        var (rebuilder, rebuild) = await bench.TakeUpAsync();

        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal([First, Later], bench.Keys.Living("sealing"));
        Assert.Contains("pending/2026-01-01", bench.Keys.Living("pending"));
        Assert.Equal([Waits, Waits], await bench.ScalarAsync<string[]>($"select array(select waits_for from kp.retention_report where key in ('{First}', 'pending/2026-01-01'))"));

        await rebuilder.RunAsync(rebuild, CancellationToken.None);
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal([Later], bench.Keys.Living("sealing"));
        Assert.DoesNotContain("pending/2026-01-01", bench.Keys.Living("pending"));
        Assert.Equal("equal", await bench.ScalarAsync<string>("select string_agg(distinct outcome, ' ') from kp.rebuild_days"));
    }

    [Fact]
    public async Task A_rebuild_of_later_days_stops_no_key_of_earlier_ones_but_pending_cells()
    {
        await using var bench = await PlayedAsync();
        using var metrics = new RetentionMetrics();
        await bench.TakeUpAsync(from: new DateOnly(2026, 1, 16));

        await RetentionOf(bench, metrics).LookAsync(bench.Topic, CancellationToken.None);

        Assert.Equal([Later], bench.Keys.Living("sealing"));
        Assert.Contains("pending/2026-01-01", bench.Keys.Living("pending"));
    }

    [Fact]
    public async Task A_rebuild_that_was_asked_for_after_retention_looked_stops_it()
    {
        await using var bench = await PlayedAsync();
        await bench.TakeUpAsync();

        var decided = await new RetentionLedger(bench.Database, TimeProvider.System).DecideAsync([RetainedKey.Of(First)!.Value], known: [], "20170913", CancellationToken.None);

        Assert.Empty(decided);
    }

    [Fact]
    public async Task A_rebuild_begins_behind_a_key_whose_end_is_decided()
    {
        await using var bench = await PlayedAsync();
        await new RetentionLedger(bench.Database, TimeProvider.System).DecideAsync([RetainedKey.Of(First)!.Value], known: [], "20170913", CancellationToken.None);

        var (_, rebuild) = await bench.TakeUpAsync();

        Assert.Equal(await bench.ScalarAsync<long>($"select first_offset from kp.key_uses where key = '{Later}' and partition = 0"), rebuild.Plan!.Spans[0].From);
        Assert.True(rebuild.Plan.Spans[0].From > 0);
    }

    // The first of January and the sixteenth, on which raw telemetry of the first has passed its time and every publisher has decided.
    private static async Task<Bench> PlayedAsync()
    {
        var bench = await Bench.CreateAsync();
        foreach (var (day, at, sequence) in new[] { ("2026-01-01", Stories.Noon, 1), ("2026-01-16", Stories.Noon.AddDays(15), 101) })
        {
            bench.Keys.GetOrCreate($"sealing/{day}");
            bench.Keys.GetOrCreate($"state/{day}");
            for (var i = 0; i < 12; i++)
            {
                var group = TestGroups.Live(1, (ulong)(sequence + i), at.AddSeconds(i), TestGroups.Sample, [.. Enumerable.Range(0, 10).Select(visitor => Stories.View(visitor, at, "/a"))]);
                (group.Header.SealingKey, group.Header.StateKey) = ($"sealing/{day}", $"state/{day}");
                bench.Append(0, group);
            }

            for (var partition = 0; partition < 2; partition++)
            {
                bench.Append(partition, Stories.Tick((ulong)sequence + 50, at.AddHours(14)));
                await bench.RunAsync(partition);
            }
        }

        await bench.ScalarAsync<int>("insert into kp.publishers select 'sample', 1, 'test', now(), seq from kp.head on conflict (site) do update set decided_seq = excluded.decided_seq returning 1");
        return bench;
    }

    private static Retention RetentionOf(Bench bench, RetentionMetrics metrics) => new(
        bench.Database, bench.Store, bench.Keys, new KeyEndings(bench.Record, TimeProvider.System), new LegalHolds(bench.Record, TimeProvider.System), new NoRecords(), new PublishedPolicies(bench.Database), metrics, TimeProvider.System, NullLogger<Retention>.Instance);

    private sealed class NoRecords : IRecordDeletion
    {
        public Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation) => Task.CompletedTask;
    }
}
