using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using KpTelemetry.Audit.People;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Postgres;
using Marten;
using Marten.Events.Projections;
using Marten.Services;
using Npgsql;
using Weasel.Core;

namespace KpTelemetry.Audit.Storing;

/// <summary>The event store of the access record: Marten in schema <c>audit</c>, and nowhere else.</summary>
public sealed class RecordStore : IDisposable
{
    /// <summary>The one name that Marten's column of types holds.</summary>
    internal const string EntryType = "entry";

    private const string Schema = "audit";
    private const int SchemaLock = 0x6B70_6175;
    private const int PageEntries = 5000;

    private readonly NpgsqlDataSource _database;
    private readonly DocumentStore _store;

    /// <summary>Uses <paramref name="database"/> and <paramref name="keys"/>, which their owner disposes of. Nothing is opened yet.</summary>
    public RecordStore(NpgsqlDataSource database, KeyStore keys, TimeProvider time)
    {
        _database = database;
        _store = DocumentStore.For(options => Configure(options, database));
        Keys = keys;
        Vault = new PersonVault(keys, time);
        Sealer = new EntrySealer(keys, Vault);
        Appender = new RecordAppender(this, Vault, Sealer, keys, time);
    }

    internal NpgsqlDataSource Database => _database;
    internal KeyStore Keys { get; }
    internal PersonVault Vault { get; }
    internal EntrySealer Sealer { get; }
    internal RecordAppender Appender { get; }

    /// <summary>
    /// Makes or updates the tables. Called at start by every service that appends or reads; the advisory lock lets one
    /// do it while the others wait, whatever their number.
    /// </summary>
    public async Task ApplySchemaAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var locking = new NpgsqlCommand($"select pg_advisory_xact_lock({SchemaLock})", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        await _store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await PostgresMigrator.ApplyAsync(_database, typeof(RecordStore).Assembly, "audit/", cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>A session that writes within the caller's transaction and leaves the commit to it.</summary>
    internal IDocumentSession Join(NpgsqlTransaction transaction) =>
        _store.LightweightSession(SessionOptions.ForTransaction(transaction));

    /// <summary>The same store with one more projection, which the caller's daemon works on and nothing that appends knows of.</summary>
    internal DocumentStore Projecting(IProjection projection, string name) => DocumentStore.For(options =>
    {
        Configure(options, _database);
        options.Projections.Add(projection, ProjectionLifecycle.Async, name, pages => (pages.BatchSize, pages.MaximumHopperSize) = (PageEntries, 4 * PageEntries));
        options.Projections.AsyncMode = DaemonMode.Solo;
        // A page that fails is tried again: what is left out would be missing from every figure after it.
        options.Projections.Errors.SkipApplyErrors = false;
    });

    public void Dispose() => _store.Dispose();

    private static void Configure(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.DatabaseSchemaName = Schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase);
        options.Events.StreamIdentity = StreamIdentity.AsGuid;
        // The database's clock stamps each event beside its own time, and an append is one round trip.
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.MapEventType(typeof(Entry), EntryType);
        options.DisableNpgsqlLogging = true;
    }
}
