using System.Data;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>
/// A reading of the projection in one snapshot of the database: whichever generation answers as it begins, answers all of it,
/// also while another one takes its place.
/// </summary>
internal sealed class ProjectedReading : IAsyncDisposable
{
    private const string SelectAsOf = "select coalesce(g.generation, 0), g.recorded, coalesce(g.entries, 0), h.entries from audit.head h left join audit.generations g on g.answers";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private ProjectedReading(NpgsqlConnection connection, NpgsqlTransaction transaction, int generation, ProjectedAsOf asOf) =>
        (_connection, _transaction, Generation, AsOf) = (connection, transaction, generation, asOf);

    /// <summary>The generation that answers; 0, which there never is, before the first.</summary>
    public int Generation { get; }

    public ProjectedAsOf AsOf { get; }

    public static async Task<ProjectedReading> BeginAsync(RecordStore store, CancellationToken cancellation)
    {
        var connection = await store.Database.OpenConnectionAsync(cancellation);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var command = new NpgsqlCommand(SelectAsOf, connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new RecordTamperedException();
        var (entries, record) = (reader.GetInt64(2), reader.GetInt64(3));
        return new ProjectedReading(connection, transaction, reader.GetInt32(0), new ProjectedAsOf(reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1), entries, Math.Max(0, record - entries)));
    }

    /// <summary>Rows of a query.</summary>
    public async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, _connection, _transaction);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(row(reader));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
