using Google.Protobuf;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Processors.Pipeline;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Processors.Rebuilding;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>Pipelines on a log of one's own and databases of one's own in real PostgreSQL and ClickHouse.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private const int Partitions = 2;
    private readonly DirectoryInfo _keysDirectory = Directory.CreateTempSubdirectory("kp-pipeline-keys-");
    private readonly GroupSealer _sealer;
    private readonly RecordStore _record;
    private readonly ProcessorMetrics _metrics = new();

    private Bench(NpgsqlDataSource database, ClickHouseStore store)
    {
        (Database, Store, Keys) = (database, store, KeyStore.Open(_keysDirectory.FullName));
        (_sealer, _record) = (new GroupSealer(Keys), new RecordStore(database, Keys, TimeProvider.System));
        Keys.GetOrCreate($"state/{TestGroups.DayOfKeys}");
        Ledger = new BlockLedger(database, new AccessRecorder(_record));
        Pending = new PendingStore(store, Keys, TimeProvider.System);
    }

    public NpgsqlDataSource Database { get; }
    public ClickHouseStore Store { get; }
    public KeyStore Keys { get; }
    public string KeysDirectory => _keysDirectory.FullName;
    public RecordStore Record => _record;
    public MemoryLog Log { get; } = new(Partitions);
    public IBlockLedger Ledger { get; }
    public IBlockStore Pending { get; }
    public TopicIdentity Topic { get; } = new(new Guid("22222222-2222-2222-2222-222222222222"), "kp.raw.v1", Partitions);
    public PipelineOptions Options { get; init; } = new();
    public List<long> Reached { get; } = [];

    public static async Task<Bench> CreateAsync(ClickHouseServer? clickHouse = null, PipelineOptions? options = null)
    {
        var postgres = await PostgresServer.SharedAsync();
        clickHouse ??= await ClickHouseServer.SharedAsync();
        var bench = new Bench(
            NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync()),
            new ClickHouseStore(new ClickHouseOptions { Connection = await clickHouse.CreateDatabaseAsync(), Timeout = TimeSpan.FromMinutes(5) }))
        {
            Options = options ?? new() { BlockRows = 40, BlockWait = TimeSpan.FromMilliseconds(20), BlocksBetweenReplayPoints = 3 },
        };
        await bench._record.ApplySchemaAsync(CancellationToken.None);
        return bench;
    }

    public void Append(int partition, params IEnumerable<TestGroup> groups)
    {
        foreach (var group in groups)
        {
            if (group.Header.Kind == GroupKind.Access)
            {
                AppendAccess(partition, group.Header, group.Access);
                continue;
            }

            var header = group.Header.ToByteArray();
            Log.Append(partition, group.Header.Kind == GroupKind.Telemetry
                ? _sealer.Seal(header, group.Header.SealingKey, _sealer.Compress(TestGroups.Body(group)))
                : SealedGroup.Bare(header));
        }
    }

    public void AppendAccess(int partition, GroupHeader header, params IReadOnlyList<AccessEvent> events)
    {
        var batch = new AccessBatch();
        batch.Events.AddRange(events);
        Log.Append(partition, _sealer.Seal(header.ToByteArray(), header.SealingKey, _sealer.Compress(batch.ToByteArray())));
    }

    /// <summary>Runs a pipeline until the partition's log is done, or until it is stopped; what it throws, when it throws before.</summary>
    public async Task RunAsync(int partition = 0, IBlockLedger? ledger = null, IBlockStore? store = null, CancellationToken until = default, ReferenceData? reference = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(until);
        var end = Log.End(partition);
        using var metrics = new ProcessorMetrics();
        var parts = Parts(metrics, ledger, store, reference) with
        {
            Reached = (_, next) =>
            {
                lock (Reached)
                    Reached.Add(next);
                if (next >= end)
                    stop.Cancel();
            },
        };
        try
        {
            await new ProcessingPipeline(parts, partition).RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // At the end of the log.
        }
    }

    /// <summary>Asks for a rebuild, where none is under way, and takes it up.</summary>
    public async Task<(Rebuilder Rebuilder, Rebuild Rebuild)> TakeUpAsync(ReferenceData? reference = null, DateOnly? from = null, IBlockLedger? ledger = null, IBlockStore? store = null)
    {
        await using (var ask = Database.CreateCommand("insert into kp.rebuilds (rebuild, from_day, requested_at) values (gen_random_uuid(), $1, now()) on conflict do nothing"))
        {
            ask.Parameters.Add(new() { Value = from ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Date });
            await ask.ExecuteNonQueryAsync();
        }

        var rebuilds = new RebuildLedger(Database, TimeProvider.System);
        var rebuilder = new Rebuilder(rebuilds, Parts(_metrics, ledger, store, reference), Database, Store, store ?? Pending, NullLoggerFactory.Instance);
        return (rebuilder, await rebuilder.TakeUpAsync((await rebuilds.NextAsync(CancellationToken.None))!, CancellationToken.None));
    }

    /// <summary>A rebuild to its end.</summary>
    public async Task RebuildAsync(ReferenceData? reference = null, DateOnly? from = null, IBlockLedger? ledger = null, IBlockStore? store = null)
    {
        var (rebuilder, rebuild) = await TakeUpAsync(reference, from, ledger, store);
        await rebuilder.RunAsync(rebuild, CancellationToken.None);
    }

    private PipelineParts Parts(ProcessorMetrics metrics, IBlockLedger? ledger, IBlockStore? store, ReferenceData? reference) => new(
        Topic, new PartitionClaims(Database, "test"), Log,
        new BlockCarrier(new BlockProtocol(ledger ?? Ledger, store ?? Pending), TimeProvider.System, new ProcessorHealth(), NullLogger<BlockCarrier>.Instance),
        reference ?? Lists.Reference, Keys, TimeProvider.System, Options, metrics, (_, _) => { }, new PublishedPolicies(Database).With);

    /// <summary>What a reader sees who follows kp.attempts, labels opened.</summary>
    public async Task<Dictionary<CellName, Counters>> VisibleAsync()
    {
        var done = await ScalarAsync<long[]>("select array(select attempt from kp.attempts where done and target = 'pending')");
        return await SumsAsync(0, done.Contains);
    }

    /// <summary>All that a rebuild folded, where none was interrupted.</summary>
    public Task<Dictionary<CellName, Counters>> RebuiltAsync(int generation) => SumsAsync(generation, _ => true);

    private async Task<Dictionary<CellName, Counters>> SumsAsync(int generation, Func<long, bool> isOf)
    {
        using var seal = new LabelSeal(Keys);
        var sums = new Dictionary<CellName, Counters>();
        var rows = Store.QueryAsync(
            $"SELECT attempt, log_day, site, day, `table`, hour, base64Encode(label), {string.Join(", ", Counters.Columns)} FROM pending WHERE `table` > 0 AND generation = {generation}",
            reader => (
                Attempt: (long)reader.GetFieldValue<ulong>(0), LogDay: DateOnly.FromDateTime(reader.GetDateTime(1)), Site: reader.GetString(2), Day: DateOnly.FromDateTime(reader.GetDateTime(3)),
                Table: reader.GetByte(4), Hour: reader.GetByte(5), Label: reader.GetString(6), Counters: CountersAt(reader)),
            CancellationToken.None);
        await foreach (var row in rows)
        {
            if (!isOf(row.Attempt))
                continue;
            var table = Table.All.Single(table => table.Id == row.Table);
            var label = table.HasSealedLabels ? seal.Open(row.LogDay, row.Label, LabelSeal.Bound(row.Site, row.Day, row.Table))! : System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(row.Label));
            var name = new CellName(row.Site, row.Day, table, row.Hour, label);
            var sum = sums.GetValueOrDefault(name);
            sum.Add(row.Counters);
            sums[name] = sum;
        }

        return sums;
    }

    public Task<long> CountedAsync() => ScalarAsync<long>("select coalesce(sum(events), 0)::bigint from kp.books where outcome = 'counted'");

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        _record.Dispose();
        _metrics.Dispose();
        await Database.DisposeAsync();
        Store.Dispose();
        Keys.Dispose();
        _sealer.Dispose();
        _keysDirectory.Delete(recursive: true);
    }

    private static Counters CountersAt(System.Data.Common.DbDataReader reader)
    {
        var counters = default(Counters);
        var values = counters.Values;
        for (var i = 0; i < values.Length; i++)
            values[i] = (long)reader.GetFieldValue<ulong>(7 + i);
        return counters;
    }
}
