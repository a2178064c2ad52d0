using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace KpTelemetry.Release.Tests.Publishing;

/// <summary>A clock that stands still; what waits, waits in real time.</summary>
public sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}

/// <summary>A cell of a block, as a test writes it down.</summary>
public sealed record PendingCell(DateOnly Day, Table Table, int Hour, string Label, Counters Counters);

/// <summary>One site in databases of its own, and what processors would leave there for the publisher.</summary>
public sealed class Site : IAsyncDisposable
{
    public const string Name = "sample";
    private const int Partitions = 2;
    private static readonly Guid Topic = new("11111111-1111-1111-1111-111111111111");
    private static readonly DateOnly LogDay = new(2026, 1, 31);

    private static readonly string[] Columns =
    [
        "log_day", "attempt", "site", "day", "table", "hour", "label",
        .. Counters.Columns,
    ];

    private readonly string _keysDirectory;
    private readonly KeyStore _keys;
    private readonly PublisherMetrics _metrics = new();
    private int _offset, _blocks;

    private Site(NpgsqlDataSource database, ClickHouseStore store, string keysDirectory) =>
        (Database, Store, _keysDirectory, _keys) = (database, store, keysDirectory, KeyStore.Open(keysDirectory));

    /// <summary>Where its databases are.</summary>
    public required string Postgres { get; init; }

    /// <summary>Where its tables are.</summary>
    public required string ClickHouse { get; init; }

    public NpgsqlDataSource Database { get; }

    public ClickHouseStore Store { get; }

    public static async Task<Site> CreateAsync()
    {
        var postgres = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var clickHouse = await (await ClickHouseServer.SharedAsync()).CreateDatabaseAsync();
        var store = new ClickHouseStore(new ClickHouseOptions { Connection = clickHouse });
        var site = new Site(NpgsqlDataSource.Create(postgres), store, Directory.CreateTempSubdirectory("kp-release-keys-").FullName) { Postgres = postgres, ClickHouse = clickHouse };
        await site.ExecuteAsync($"insert into kp.topics values ('{Topic}', 'kp.raw.v1', {Partitions}); insert into kp.sites values ('{Name}', 1, 'UTC', '{{}}', now()) on conflict do nothing");
        return site;
    }

    public PublisherService Publisher(TimeProvider? time = null) =>
        new(Database, Store, _keys, ReleasePolicy.InForce, new PublisherOptions { Rest = TimeSpan.Zero, Renew = TimeSpan.Zero, RowsOfRelease = 50 },
            _metrics, time ?? TimeProvider.System, NullLogger<PublisherService>.Instance);

    /// <summary>A done block, as the processors leave it.</summary>
    public Task BlockAsync(params PendingCell[] cells) => BlockAsync(Interlocked.Increment(ref _blocks) % Partitions, cells);

    /// <summary>The same of a partition.</summary>
    public async Task BlockAsync(int partition, params PendingCell[] cells)
    {
        var attempt = await ScalarAsync<long>("select kp.new_attempt('pending')");
        await new MarkedInserts(Store, "pending", Columns, TimeProvider.System).InsertAsync(attempt, Rows(attempt, cells), CancellationToken.None);
        var offset = Interlocked.Increment(ref _offset);
        await ExecuteAsync(
            $"""
            begin;
            update kp.attempts set done = true where attempt = {attempt};
            update kp.head set seq = seq + 1;
            insert into kp.blocks select '{Topic}', {partition}, {offset}, {offset}, 1, 1, '', {cells.Length}, '{LogDay:yyyy-MM-dd}', {attempt}, seq, now() from kp.head;
            {string.Concat(cells.Select(c => c.Day).Distinct().Select(day => $"insert into kp.block_days select '{Name}', '{day:yyyy-MM-dd}', seq from kp.head;"))}
            commit
            """);
    }

    /// <summary>The state of the day had ended when the last block began it again.</summary>
    public Task ForgetAsync(DateOnly day, int began = 1) => ExecuteAsync($"update kp.block_days set began = {began} where day = '{day:yyyy-MM-dd}' and seq = (select seq from kp.head)");

    /// <summary>Every partition is done with the days.</summary>
    public Task CloseAsync(params DateOnly[] days) => ExecuteAsync(
        $"""
        begin;
        update kp.head set seq = seq + 1;
        {string.Concat(days.SelectMany(day => Enumerable.Range(0, Partitions).Select(p => $"insert into kp.day_closes select '{Name}', '{day:yyyy-MM-dd}', '{Topic}', {p}, seq from kp.head;")))}
        commit
        """);

    /// <summary>An import has ended on every partition.</summary>
    public Task EndImportAsync()
    {
        var import = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        return ExecuteAsync(
            $"""
            begin;
            insert into kp.sources values ('{import}', '{Name}', '', 'state/1', now());
            insert into kp.imports values ('{import}', '{import}', '{Name}', 1, now());
            update kp.head set seq = seq + 1;
            insert into kp.import_ends select '{import}', '{Topic}', p, seq from kp.head, generate_series(0, {Partitions - 1}) as p;
            commit
            """);
    }

    /// <summary>The published figures that readers see: sums over rows of done attempts.</summary>
    public async Task<Dictionary<string, (long? Requests, long? PageViews, long? Visitors)>> PublishedAsync()
    {
        var done = await ScalarAsync<long[]>("select array(select attempt from kp.attempts where target = 'published' and done)");
        var figures = new Dictionary<string, (long?, long?, long?)>();
        const string sql =
            """
            SELECT concat(toString(day), ' ', toString(`table`), ' ', label) AS cell, toInt64(sum(requests)), toInt64(sum(page_views)), toInt64(sum(visitors))
            FROM published WHERE `table` != 0 AND has({done:Array(UInt64)}, attempt) GROUP BY cell
            """;
        await foreach (var (cell, figure) in Store.QueryAsync(sql, r => (r.GetString(0), (Number(r, 1), Number(r, 2), Number(r, 3))), CancellationToken.None, ("done", done.Select(a => (ulong)a).ToArray())))
            figures[cell] = figure;
        return figures;

        static long? Number(System.Data.Common.DbDataReader row, int i) => row.IsDBNull(i) ? null : row.GetInt64(i);
    }

    /// <summary>Lets a statement of the publisher fail where a trigger fires.</summary>
    public Task CrashAtAsync(string trigger)
    {
        var isDeferred = trigger.Contains("deferrable", StringComparison.Ordinal);
        return ExecuteAsync(
            $"""
            create function kp.crash() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
            create {(isDeferred ? "constraint" : "")} trigger crash {trigger} for each row {(isDeferred ? "when (new.decided_seq > old.decided_seq)" : "")} execute function kp.crash();
            """);
    }

    /// <summary>An expression over all published rows of a table.</summary>
    public async Task<string> FiguresAsync(string expression, Table table)
    {
        var figures = new List<string>();
        await foreach (var figure in Store.QueryAsync($"SELECT {expression} FROM published WHERE `table` = {table.Id}", row => row.GetString(0), CancellationToken.None))
            figures.Add(figure);
        return Assert.Single(figures);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Store.Dispose();
        _metrics.Dispose();
        _keys.Dispose();
        Directory.Delete(_keysDirectory, recursive: true);
    }

    private ReadOnlyMemory<byte> Rows(long attempt, PendingCell[] cells)
    {
        var rows = new RowBinaryWriter();
        using var sealer = new Sealer(_keys.GetOrCreate(KeyNames.Pending(LogDay)));
        foreach (var cell in cells)
            Write(cell.Day, cell.Table.Id, cell.Hour, Label(cell), cell.Counters);
        Write(LogDay, 0, 0, [], default);
        return rows.Written;

        byte[] Label(PendingCell cell) => cell.Table.HasSealedLabels
            ? sealer.Seal(Encoding.UTF8.GetBytes(cell.Label), Encoding.UTF8.GetBytes($"{Name}|{cell.Day:yyyy-MM-dd}|{cell.Table.Id}"))
            : Encoding.UTF8.GetBytes(cell.Label);

        void Write(DateOnly day, byte table, int hour, byte[] label, Counters c)
        {
            rows.Write(LogDay);
            rows.WriteUInt64(attempt);
            rows.Write(Name);
            rows.Write(day);
            rows.Write(table);
            rows.Write((byte)hour);
            rows.Write(label.AsSpan());
            foreach (var counter in c.Values)
                rows.WriteUInt64(counter);
        }
    }
}
