using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace KpTelemetry.Audit.Tests;

/// <summary>A record on a database and a key store of its own.</summary>
internal sealed class Record : IAsyncDisposable
{
    private readonly DirectoryInfo _keysDirectory = Directory.CreateTempSubdirectory("audit-tests-keys-");

    private Record(string connectionString, TimeSpan deadline)
    {
        Database = NpgsqlDataSource.Create(connectionString);
        Keys = KeyStore.Open(_keysDirectory.FullName);
        Store = new RecordStore(Database, Keys, Time);
        Recorder = new AccessRecorder(Store);
        Reads = new AccessRecord(Store, TimeProvider.System, deadline);
        Reader = new RecordReader(Store);
    }

    public static readonly DateTimeOffset Start = new(2026, 3, 14, 9, 0, 0, TimeSpan.Zero);

    public NpgsqlDataSource Database { get; }
    public KeyStore Keys { get; }
    public RecordStore Store { get; }
    public AccessRecorder Recorder { get; }
    public AccessRecord Reads { get; }
    public RecordReader Reader { get; }
    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>A record on the shared server.</summary>
    public static async Task<Record> CreateAsync(TimeSpan? deadline = null) => await CreateAsync(await PostgresServer.SharedAsync(), deadline);

    // A deadline that no slow machine reaches, where a test is not about the deadline.
    public static async Task<Record> CreateAsync(PostgresServer server, TimeSpan? deadline = null)
    {
        var record = new Record(await server.CreateEmptyDatabaseAsync(), deadline ?? TimeSpan.FromMinutes(2));
        await record.Store.ApplySchemaAsync(CancellationToken.None);
        return record;
    }

    /// <summary>With the tables of the other parts too, for what writes to both.</summary>
    public static async Task<Record> CreateWholeAsync(PostgresServer? server = null)
    {
        var record = new Record(await (server ?? await PostgresServer.SharedAsync()).CreateDatabaseAsync(), TimeSpan.FromMinutes(2));
        await record.Store.ApplySchemaAsync(CancellationToken.None);
        return record;
    }

    /// <summary>Appends in a transaction of its own.</summary>
    public async Task<Appended> AppendAsync(IReadOnlyList<MemberAccess> events)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var appended = await Recorder.AppendAsync(transaction, Span(events), CancellationToken.None);
        await transaction.CommitAsync();
        return appended;
    }

    /// <summary>As of a log whose clock does not move.</summary>
    public static AccessSpan Span(IReadOnlyList<MemberAccess> events) => new(Guid.Empty, 0, events, []);

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<RecordPage> AllAsync(string? kind = null, long? before = null, int limit = 1000) =>
        Reader.ReadAsync(new RecordQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), kind, before, limit), CancellationToken.None);

    /// <summary>Lines of a file, one access event each.</summary>
    public static IReadOnlyList<MemberAccess> Lines(Guid source, int from, int count, Func<int, string>? member = null, string service = "/my/appointments") =>
        [.. Enumerable.Range(from, count).Select(i => MemberAccess.FromLine(source, Told(member?.Invoke(i) ?? $"member-{i % 37}", i, service)))];

    public static AccessEvent Told(string member, int i, string service = "/my/appointments", string action = "service-accessed") => new()
    {
        Site = new SiteStamp { Name = "healthy.kaiserpermanente.org", Revision = 1, Timezone = "America/Los_Angeles", Policy = "20170913" },
        AtMs = Start.AddSeconds(i).ToUnixTimeMilliseconds(),
        Member = member,
        Action = action,
        Service = service,
        Channel = "web",
        Position = i * 200L,
        EventId = $"event-{i}",
    };

    public async ValueTask DisposeAsync()
    {
        Store.Dispose();
        Keys.Dispose();
        await Database.DisposeAsync();
        _keysDirectory.Delete(recursive: true);
    }
}
