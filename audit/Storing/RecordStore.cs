using JasperFx;
using JasperFx.Events;
using KpTelemetry.Platform.Postgres;
using Marten;
using Marten.Services;
using Npgsql;
using Weasel.Core;

namespace KpTelemetry.Audit.Storing;

/// <summary>The event store of the access record: Marten in schema <c>audit</c>, and nowhere else.</summary>
public sealed class RecordStore : IDisposable
{
    private const string Schema = "audit";
    private const int SchemaLock = 0x6B70_6175;

    private readonly NpgsqlDataSource _database;
    private readonly DocumentStore _store;

    /// <summary>Uses <paramref name="database"/>, whose connections the owner disposes of. Nothing is opened yet.</summary>
    public RecordStore(NpgsqlDataSource database)
    {
        _database = database;
        _store = DocumentStore.For(options => Configure(options, database));
    }

    internal NpgsqlDataSource Database => _database;

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

    internal IQuerySession Query() => _store.QuerySession();

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
        foreach (var (type, kind) in EventKinds.Types)
            options.Events.MapEventType(type, kind);
        options.DisableNpgsqlLogging = true;
    }
}
