using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Pipeline.Tests.Policies;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Retaining;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Retaining;

/// <summary>A revision that shortens retention takes effect on what is stored already; a legal hold stops it. On real engines, with time injected.</summary>
public sealed class StricterRevisionTests
{
    private static readonly DateOnly Effective = new(2026, 1, 8);

    [Fact]
    public async Task A_shorter_retention_ends_keys_of_old_days_once_it_is_in_force_unless_they_are_held()
    {
        await using var bench = await Bench.CreateAsync();
        // The log tells January; keys and their rotation go by the clock.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var keys = KeyStore.Open(bench.KeysDirectory, time);
        using var metrics = new RetentionMetrics();
        var retention = new Retention(
            bench.Database, bench.Store, keys, new KeyEndings(bench.Record, time), new LegalHolds(bench.Record, time), new NoRecords(), new PublishedPolicies(bench.Database), metrics, time, NullLogger<Retention>.Instance);
        // Enough on the fifth that a replay would start there: the days before are done with.
        await PlayAsync(bench, "2026-01-01", Stories.Noon, 1, 1);
        await PlayAsync(bench, "2026-01-02", Stories.Noon.AddDays(1), 101, 1);
        await PlayAsync(bench, "2026-01-05", Stories.Noon.AddDays(4), 151, 24);
        await PublishAsync(bench, TestPolicies.Document(Effective, ("rawDays", 4), ("stateHours", 24), ("keyEncryptionKeyDays", 1)));
        await ExecuteAsync(bench, "insert into kp.publishers select 'sample', 1, 'test', now(), seq from kp.head on conflict (site) do update set decided_seq = excluded.decided_seq");
        await ExecuteAsync(bench, $"insert into kp.holds values ('{TestGroups.IdOf(9)}', '2026-01-02', '2026-01-02', 'legal', now())");

        // The log has not reached the day on which it takes effect: by the revision of then, sealed events live for fourteen days.
        await TickAsync(bench, 201, new DateTimeOffset(2026, 1, 7, 23, 0, 0, TimeSpan.Zero));
        var rotated = keys.RotatedAt;
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["sealing/2026-01-01", "sealing/2026-01-02", "sealing/2026-01-05"], keys.Living("sealing"));
        Assert.Equal(rotated, keys.RotatedAt);

        await TickAsync(bench, 202, new DateTimeOffset(2026, 1, 8, 3, 0, 0, TimeSpan.Zero));
        time.Advance(TimeSpan.FromDays(2));
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["sealing/2026-01-02", "sealing/2026-01-05"], keys.Living("sealing"));
        Assert.Equal("a legal hold", await bench.ScalarAsync<string>("select waits_for from kp.retention_report where key = 'sealing/2026-01-02'"));
        Assert.Equal("20260108", await bench.ScalarAsync<string>("select policy from kp.key_ends where key = 'sealing/2026-01-01'"));
        Assert.True(keys.RotatedAt > rotated);

        await ExecuteAsync(bench, "update kp.holds set lifted_at = now()");
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["sealing/2026-01-05"], keys.Living("sealing"));
        Assert.Equal(["20170913"], await bench.ScalarAsync<string[]>("select policies from kp.blocks limit 1"));
    }

    private sealed class NoRecords : IRecordDeletion
    {
        public Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation) => Task.CompletedTask;
    }

    private static async Task PlayAsync(Bench bench, string day, DateTimeOffset at, ulong sequence, int groups)
    {
        bench.Keys.GetOrCreate($"state/{day}");
        for (var i = 0; i < groups; i++)
        {
            var group = TestGroups.Live(1, sequence + (ulong)i, at, TestGroups.Sample, [.. Enumerable.Range(0, 10).Select(visitor => Stories.View(visitor, at, "/a"))]);
            (group.Header.SealingKey, group.Header.StateKey) = ($"sealing/{day}", $"state/{day}");
            bench.Append(0, group);
        }

        await bench.RunAsync(0);
    }

    private static async Task TickAsync(Bench bench, ulong sequence, DateTimeOffset at)
    {
        for (var partition = 0; partition < 2; partition++)
        {
            bench.Append(partition, Stories.Tick(sequence, at));
            await bench.RunAsync(partition);
        }
    }

    private static async Task PublishAsync(Bench bench, string document)
    {
        await using var command = bench.Database.CreateCommand("insert into kp.policies values ($1, $2, $3, $4, now())");
        command.Parameters.Add(new() { Value = $"{Effective:yyyyMMdd}" });
        command.Parameters.Add(new() { Value = document });
        command.Parameters.Add(new() { Value = Effective.AddDays(-30) });
        command.Parameters.Add(new() { Value = Effective });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(Bench bench, string sql)
    {
        await using var command = bench.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
