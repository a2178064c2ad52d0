using System.Text;
using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Processors.Retaining;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Retaining;

/// <summary>
/// With yesterday's copies of everything in hand (records of the log, pending cells, a dump of PostgreSQL, the key store
/// without its key-encryption key), nothing opens that was sealed under a key that has ended, once the key-encryption key
/// has been rotated. On real engines.
/// </summary>
public sealed class EndedKeysTests
{
    private const string First = "2026-01-01", Living = "2026-01-16";
    private const string PendingEnded = "pending/2026-01-01 pending/2026-01-02 pending/2026-01-05 pending/2026-01-06";
    private static readonly DateTimeOffset Noon = Stories.Noon;
    private static readonly byte[] Line = "203.0.113.9 this line could not be used"u8.ToArray();

    [Fact]
    public async Task YesterdaysCopies_AfterTheKeysEndAndTheRotation_OpenNothing_AndWhatLivesOpens()
    {
        await using var bench = await Bench.CreateAsync();
        await using var broker = await BrokerServer.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var keys = KeyStore.Open(bench.KeysDirectory, time);
        using var metrics = new RetentionMetrics();
        var retention = new Retention(
            bench.Database, bench.Store, keys, new KeyEndings(bench.Record, time), new LegalHolds(bench.Record, time), new Deletion(broker.Servers), new PublishedPolicies(bench.Database), metrics, time, NullLogger<Retention>.Instance);
        var rejected = SealLine(keys.GetOrCreate($"replay/{First}"));

        // The first of January, its close, days between, and the day on which raw telemetry of the first ends.
        await PlayAsync(bench, Groups(First, Noon, 1), Noon.AddHours(14));
        await PlayAsync(bench, Groups("2026-01-05", Noon.AddDays(4), 101), Noon.AddDays(5));
        await DecideAsync(bench);
        Assert.True(await retention.LookAsync(bench.Topic, CancellationToken.None));
        Assert.Equal("pending/2026-01-01 pending/2026-01-02", await EndedAsync(bench));

        await PlayAsync(bench, Groups(Living, Noon.AddDays(15), 201), Noon.AddDays(15).AddHours(1));
        await DecideAsync(bench);
        var yesterday = await CopyAsync(bench, rejected);
        await MirrorAsync(bench, broker.Servers);

        await ExecuteAsync(bench, $"insert into kp.holds values ('{TestGroups.IdOf(1)}', '2025-12-31', '{First}', 'legal', now())");
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(PendingEnded, await EndedAsync(bench));
        Assert.Equal("a legal hold", await bench.ScalarAsync<string>($"select waits_for from kp.retention_report where key = 'sealing/{First}'"));
        Assert.Equal(0, PartitionLog.Bounds(broker.Servers, bench.Topic.Name, 0, TimeSpan.FromMinutes(2)).Low);

        await ExecuteAsync(bench, "update kp.holds set lifted_at = now()");
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal($"{PendingEnded} replay/{First} sealing/{First}", await EndedAsync(bench));

        // Until the rotation, whoever has the copy and the live key-encryption key opens it: what follows is not for want of a true copy.
        Assert.Equal((Yes: 12, No: 0), await OpenAsync(yesterday, First, bench.KeysDirectory));
        time.Advance(TimeSpan.FromDays(PolicyBook.BuiltIn.Values[PolicyKeys.KeyEncryptionKeyDays]));
        await retention.LookAsync(bench.Topic, CancellationToken.None);

        Assert.Equal((Yes: 0, No: 12), await OpenAsync(yesterday, First, bench.KeysDirectory));
        Assert.Equal((Yes: 0, No: 12), await OpenAsync(yesterday, Living, bench.KeysDirectory));
        AssertNoKeyIn(yesterday);
        AssertNothingLeft(bench, keys, yesterday, broker.Servers);
        Assert.Equal(6, await EndingsOnRecordAsync(bench));
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(6, await EndingsOnRecordAsync(bench));
        Directory.Delete(yesterday.Store, recursive: true);
    }

    private static async Task<int> EndingsOnRecordAsync(Bench bench) =>
        (await new RecordReader(bench.Record).ReadAsync(new RecordQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), "key-ended", null, 1000), CancellationToken.None)).Events.Count;

    private sealed class Deletion(string servers) : IRecordDeletion
    {
        public Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation) =>
            RecordDeletion.DeleteBeforeAsync(servers, topic, offsets, cancellation);
    }

    /// <summary>What a thief has of yesterday.</summary>
    private sealed record Copies(string Store, List<byte[]> Records, List<(DateOnly LogDay, DateOnly Day, byte Table, string Label)> Labels, byte[] RejectedLine, string Dump, List<byte[]> Keys);

    private static IEnumerable<TestGroup> Groups(string day, DateTimeOffset from, ulong sequence) => Enumerable.Range(0, 12).Select(i =>
    {
        var group = TestGroups.Live(1, sequence + (ulong)i, from.AddSeconds(i), TestGroups.Sample, [.. Enumerable.Range(0, 10).Select(v => Stories.View(v, from.AddSeconds(i), "/a"))]);
        (group.Header.SealingKey, group.Header.StateKey) = ($"sealing/{day}", $"state/{day}");
        return group;
    });

    private static async Task PlayAsync(Bench bench, IEnumerable<TestGroup> groups, DateTimeOffset until)
    {
        var all = groups.ToList();
        bench.Keys.GetOrCreate(all[0].Header.StateKey);
        bench.Append(0, all);
        for (var partition = 0; partition < 2; partition++)
        {
            bench.Append(partition, Stories.Tick(all[^1].Header.Sequence + 1, until));
            await bench.RunAsync(partition);
        }
    }

    // As the publisher leaves it when it has looked at every block.
    private static Task DecideAsync(Bench bench) => ExecuteAsync(
        bench, "insert into kp.publishers select 'sample', 1, 'test', now(), seq from kp.head on conflict (site) do update set decided_seq = excluded.decided_seq");

    private static async Task<Copies> CopyAsync(Bench bench, byte[] rejected)
    {
        var store = Directory.CreateTempSubdirectory("kp-yesterday-").FullName;
        using (var cp = System.Diagnostics.Process.Start("cp", ["-a", Path.Combine(bench.KeysDirectory, "store"), store]))
            await cp.WaitForExitAsync();
        var records = new List<byte[]>();
        var reading = bench.Log.Read(0, 0);
        while (reading.Records.TryRead(out var record))
            records.Add(record.Value.ToArray());
        var labels = new List<(DateOnly, DateOnly, byte, string)>();
        await foreach (var label in bench.Store.QueryAsync(
            "SELECT log_day, day, `table`, base64Encode(label) FROM pending WHERE `table` BETWEEN 2 AND 7 AND site = 'sample'",
            row => (DateOnly.FromDateTime(row.GetDateTime(0)), DateOnly.FromDateTime(row.GetDateTime(1)), row.GetByte(2), row.GetString(3)), CancellationToken.None))
            labels.Add(label);
        var living = new[] { "sealing", "state", "replay", "pending" }.SelectMany(bench.Keys.Living).Select(bench.Keys.GetOrCreate).ToList();
        return new Copies(store, records, labels, rejected, await DumpAsync(bench), living);
    }

    private static async Task<string> DumpAsync(Bench bench)
    {
        await using var connection = await bench.Database.OpenConnectionAsync();
        var tables = await bench.ScalarAsync<string[]>("select array(select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('kp', 'audit'))");
        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            using var export = await connection.BeginTextExportAsync($"copy {table} to stdout");
            dump.Append(await export.ReadToEndAsync());
        }

        return dump.ToString();
    }

    // The same records in Kafka, for what is deleted there.
    private static async Task MirrorAsync(Bench bench, string servers)
    {
        await TopicCatalog.EnsureAsync(servers, bench.Topic.Name, 2, CancellationToken.None);
        using var producer = new RecordProducer(servers, bench.Topic.Name, 16 * 1024 * 1024);
        var stored = new List<Task>();
        for (var partition = 0; partition < 2; partition++)
        {
            var reading = bench.Log.Read(partition, 0);
            while (reading.Records.TryRead(out var record))
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Assert.True(producer.TryProduce(partition, record.Value.ToArray(), _ => done.SetResult()));
                stored.Add(done.Task);
            }
        }

        await Task.WhenAll(stored);
    }

    // How many groups of a day open with yesterday's copy of the store and the key-encryption keys that there are now.
    private static async Task<(int Yes, int No)> OpenAsync(Copies yesterday, string day, string keysDirectory)
    {
        var laid = Directory.CreateTempSubdirectory("kp-thief-").FullName;
        foreach (var from in (string[])[Path.Combine(yesterday.Store, "store"), Path.Combine(keysDirectory, "kek")])
        {
            using var cp = System.Diagnostics.Process.Start("cp", ["-a", from, laid]);
            await cp.WaitForExitAsync();
        }

        using var keys = KeyStore.Open(laid);
        using var opener = new GroupOpener(keys);
        var (yes, no) = (0, 0);
        foreach (var record in yesterday.Records)
        {
            Assert.True(SealedGroup.TrySplit(record, out var header, out var body));
            var name = GroupHeader.Parser.ParseFrom(header).SealingKey;
            if (body.IsEmpty || name != $"sealing/{day}")
                continue;
            if (Try(() => opener.TryOpen(record, name, out _) == OpenResult.Opened))
                yes++;
            else
                no++;
        }

        Assert.Equal(yes > 0, Try(() => keys.Find($"replay/{First}") is { } key && OpensLine(key, yesterday.RejectedLine)));
        Directory.Delete(laid, recursive: true);
        return (yes, no);
    }

    private static bool Try(Func<bool> opens)
    {
        try
        {
            return opens();
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    private static void AssertNoKeyIn(Copies yesterday) => Assert.All(yesterday.Keys, key =>
    {
        Assert.DoesNotContain(Convert.ToHexStringLower(key), yesterday.Dump, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(key), yesterday.Dump, StringComparison.Ordinal);
    });

    private static void AssertNothingLeft(Bench bench, KeyStore keys, Copies yesterday, string servers)
    {
        // The live store: what ended is not there, what lives opens.
        using var opener = new GroupOpener(keys);
        Assert.Equal(12, yesterday.Records.Count(record => opener.TryOpen(record, $"sealing/{Living}", out _) == OpenResult.Opened));
        Assert.DoesNotContain(yesterday.Records, record => opener.TryOpen(record, $"sealing/{First}", out _) == OpenResult.Opened);
        Assert.Throws<KeyEndedException>(() => keys.GetOrCreate($"sealing/{First}"));
        using var seal = new LabelSeal(keys);
        Assert.Contains(yesterday.Labels, label => label.LogDay != new DateOnly(2026, 1, 16));
        Assert.All(yesterday.Labels, label => Assert.Equal(label.LogDay == new DateOnly(2026, 1, 16), seal.Open(label.LogDay, label.Label, LabelSeal.Bound("sample", label.Day, label.Table)) is not null));
        // Kafka: everything before the first group under a living key is deleted.
        Assert.Equal(13, PartitionLog.Bounds(servers, bench.Topic.Name, 0, TimeSpan.FromMinutes(2)).Low);
    }

    private static byte[] SealLine(byte[] key)
    {
        using var sealer = new Sealer(key);
        return sealer.Seal(Line, []);
    }

    private static bool OpensLine(byte[] key, byte[] line)
    {
        using var sealer = new Sealer(key);
        return sealer.Open(line, []) is not null;
    }

    private static Task<string> EndedAsync(Bench bench) => bench.ScalarAsync<string>("select string_agg(key, ' ' order by key) from kp.key_ends where ended_at is not null");

    private static async Task ExecuteAsync(Bench bench, string sql)
    {
        await using var command = bench.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
