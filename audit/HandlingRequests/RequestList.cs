using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>A request as it is listed.</summary>
internal sealed record ListedRequest(Guid Id, byte[] Kind, DateOnly DueOn, bool IsClosed);

/// <summary>
/// The list of requests: <c>audit.requests</c>, a row each, so that what is open and due is found without opening everything.
/// Every row is under an HMAC of the record's key, and there are as many as requests on the record: where that is not so, the
/// list is made what the record says before anybody sees it. Nobody hides a request by changing rows; an earlier row of the
/// same request shows it as open, or due, as it was.
/// </summary>
internal sealed class RequestList(RecordStore store)
{
    private const string Put =
        "insert into audit.requests (request, kind, due_on, closed, tag) values ($1, $2, $3, $4, $5) on conflict (request) do update set kind = excluded.kind, due_on = excluded.due_on, closed = excluded.closed, tag = excluded.tag";

    private const string Select =
        "select recorded, request, r.kind, due_on, closed, tag from (select count(distinct stream) as recorded from audit.entries where kind = $1) as record left join audit.requests r on true";

    private const string Received = "select distinct stream from audit.entries where kind = $1";

    private const string Mend =
        """
        insert into audit.requests as r (request, kind, due_on, closed, tag) select * from unnest($1::uuid[], $2::bytea[], $3::date[], $4::boolean[], $5::bytea[])
        on conflict (request) do update set kind = excluded.kind, due_on = excluded.due_on, closed = excluded.closed, tag = excluded.tag
        where (r.kind, r.due_on, r.closed, r.tag) is distinct from (excluded.kind, excluded.due_on, excluded.closed, excluded.tag)
        """;

    private const int MendedAtOnce = 500;

    private readonly RecordStreams _streams = new(store);

    private sealed record Table(List<ListedRequest> Rows, List<Guid> Wrong, bool IsWhole);

    /// <summary>A request as it is to be listed.</summary>
    public ListedRequest Of(SubjectRequest request) => new(request.Id, KindToken(request.Asked), request.DueOn, !request.IsOpen);

    /// <summary>Of what kind a row is: a search token, so that the database alone does not tell.</summary>
    public byte[] KindToken(string asked) => EventKinds.Token($"request-{asked}", store.Keys.GetOrCreate(KeyNames.People));

    /// <summary>Lists a request as it is from now on.</summary>
    public async Task PutAsync(NpgsqlTransaction transaction, ListedRequest row, CancellationToken cancellation)
    {
        await using var put = new NpgsqlCommand(Put, transaction.Connection, transaction);
        foreach (var value in (object[])[row.Id, row.Kind, row.DueOn, row.IsClosed, Tag(row)])
            put.Parameters.Add(new() { Value = value });
        await put.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Holds a request's row until the transaction ends; false where there is none.</summary>
    public static async Task<bool> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select true from audit.requests where request = $1 for update", transaction.Connection, transaction) { Parameters = { new() { Value = id } } };
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>Every request, and how many rows had to be made what the record says for it.</summary>
    public async Task<(IReadOnlyList<ListedRequest> Requests, int Mended)> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var table = await ReadTableAsync(connection, cancellation);
        if (table.IsWhole)
            return (table.Rows, 0);
        var mended = await MendAsync(connection, cancellation);
        return ((await ReadTableAsync(connection, cancellation)).Rows, mended);
    }

    private async Task<Table> ReadTableAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Select, connection) { Parameters = { new() { Value = ReceivedToken } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (rows, wrong, recorded) = (new List<ListedRequest>(), new List<Guid>(), 0L);
        while (await reader.ReadAsync(cancellation))
        {
            recorded = reader.GetInt64(0);
            if (await reader.IsDBNullAsync(1, cancellation))
                continue;
            var row = new ListedRequest(reader.GetGuid(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<DateOnly>(3), reader.GetBoolean(4));
            if (CryptographicOperations.FixedTimeEquals(Tag(row), reader.GetFieldValue<byte[]>(5)))
                rows.Add(row);
            else
                wrong.Add(row.Id);
        }

        return new Table(rows, wrong, wrong.Count == 0 && rows.Count == recorded);
    }

    private async Task<int> MendAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Against the row locks of commands too: one that is under way ends first, and is in what is read then.
        await using (var locking = new NpgsqlCommand("lock table audit.requests in exclusive mode", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        var wrong = (await ReadTableAsync(connection, cancellation)).Wrong;
        await using (var deleting = new NpgsqlCommand("delete from audit.requests where request = any($1)", connection, transaction) { Parameters = { new() { Value = wrong.ToArray() } } })
            await deleting.ExecuteNonQueryAsync(cancellation);
        var mended = 0;
        foreach (var streams in (await StreamsAsync(connection, cancellation)).Chunk(MendedAtOnce))
            mended += await MendAsync(connection, await _streams.ReadAsync(connection, streams, -1, int.MaxValue, cancellation), cancellation);
        await transaction.CommitAsync(cancellation);
        return mended;
    }

    private async Task<List<Guid>> StreamsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Received, connection) { Parameters = { new() { Value = ReceivedToken } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = new List<Guid>();
        while (await reader.ReadAsync(cancellation))
            streams.Add(reader.GetGuid(0));
        return streams;
    }

    private async Task<int> MendAsync(NpgsqlConnection connection, IReadOnlyList<StreamEntry> entries, CancellationToken cancellation)
    {
        var rows = entries.GroupBy(entry => entry.Stream)
            .Select(stream => SubjectRequest.IdOf(stream.First().Opened?.Name) is { } id ? SubjectRequest.Fold(id, stream) : null).OfType<SubjectRequest>().Select(Of).ToList();
        await using var command = new NpgsqlCommand(Mend, connection)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Id).ToArray() },
                new() { Value = rows.Select(row => row.Kind).ToArray() },
                new() { Value = rows.Select(row => row.DueOn).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                new() { Value = rows.Select(row => row.IsClosed).ToArray() },
                new() { Value = rows.Select(Tag).ToArray() },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private byte[] ReceivedToken => EventKinds.Token("subject-request-received", store.Keys.GetOrCreate(KeyNames.People));

    private byte[] Tag(ListedRequest row)
    {
        Span<byte> due = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(due, row.DueOn.DayNumber);
        return HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.RecordHead), (byte[])[.. "listed request"u8, .. row.Id.ToByteArray(bigEndian: true), .. due, row.IsClosed ? (byte)1 : (byte)0, .. row.Kind]);
    }
}
