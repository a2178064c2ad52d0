using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.ReadingRecord;

/// <summary>An entry of a stream: sealed as it is stored, and opened, which is null where its keys have ended.</summary>
internal sealed record StreamEntry(long Index, Guid Stream, DateTimeOffset At, byte[] Body, OpenedEntry? Opened);

/// <summary>Reads streams of the record. Whoever lets staff see what is in them records that first.</summary>
internal sealed class RecordStreams(RecordStore store)
{
    private const string Select =
        "select e.index, e.stream, e.at, m.data->>'body' from audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.stream = any($1) and e.index > $2 and ($4 is null or e.kind = any($4)) order by e.index limit $3";

    /// <summary>Entries of some streams after an index, in the order in which they were recorded. Within the connection's transaction, if there is one.</summary>
    public Task<IReadOnlyList<StreamEntry>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, long after, int limit, CancellationToken cancellation) =>
        ReadAsync(connection, streams, after, limit, DBNull.Value, cancellation);

    /// <summary>All entries of these kinds, found by their tokens.</summary>
    public Task<IReadOnlyList<StreamEntry>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, IReadOnlyCollection<string> kinds, CancellationToken cancellation)
    {
        var key = store.Keys.GetOrCreate(KeyNames.People);
        return ReadAsync(connection, streams, -1, int.MaxValue, kinds.Select(kind => EventKinds.Token(kind, key)).ToArray(), cancellation);
    }

    private async Task<IReadOnlyList<StreamEntry>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, long after, int limit, object kinds, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Select, connection) { Parameters = { new() { Value = streams.ToArray() }, new() { Value = after }, new() { Value = limit } } };
        command.Parameters.Add(new() { Value = kinds, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var entries = new List<StreamEntry>();
        while (await reader.ReadAsync(cancellation))
        {
            var (stream, at, body) = (reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), StoredBody.Of(reader, 3));
            entries.Add(new StreamEntry(reader.GetInt64(0), stream, at, body, store.Sealer.Open(body, stream, at)));
        }

        return entries;
    }
}
