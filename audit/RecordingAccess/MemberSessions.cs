using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>
/// Members' sessions in PostgreSQL, read and changed within the transaction that appends. One writer a partition. Each row is
/// under an HMAC of the record's key: who has the database alone could else have an end, or any entry of the member's put
/// where the end's body is, appended anew at a time of their choice. A row that is not authentic is none.
/// </summary>
internal sealed class MemberSessions(RecordStore store)
{
    private const string Columns = "select stream, site, last_ms, due_ms, import, opened_ms, body, topic, partition, tag from audit.sessions";
    private const string OfMembers = $"{Columns} where stream = any($1)";

    private const string OfMarks = $"{Columns} where topic = $1 and partition = $2 and due_ms is not null and (due_ms <= $3 or import = any($4))";

    // Ordered, so that two transactions with the same sessions cannot wait for each other in a circle.
    private const string Keep =
        """
        insert into audit.sessions as s (stream, site, topic, partition, last_ms, due_ms, import, opened_ms, year, body, tag)
        select told.stream, told.site, $1, $2, told.last_ms, told.due_ms, told.import, told.opened_ms, told.year, told.body, told.tag
        from unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], $8::bigint[], $9::int[], $10::bytea[], $11::bytea[]) as told (stream, site, last_ms, due_ms, import, opened_ms, year, body, tag)
        order by told.stream, told.site
        on conflict (stream, site) do update set topic = excluded.topic, partition = excluded.partition, last_ms = excluded.last_ms, due_ms = excluded.due_ms,
            import = excluded.import, opened_ms = excluded.opened_ms, year = excluded.year, body = excluded.body, tag = excluded.tag
        """;

    /// <summary>Those that the events and marks of a span can concern.</summary>
    public async Task<IReadOnlyList<MemberSession>> ReadAsync(NpgsqlTransaction transaction, AccessSpan span, IReadOnlyCollection<Guid> streams, CancellationToken cancellation)
    {
        var through = span.Marks.Where(mark => mark.Import is null).Select(mark => mark.ThroughMs).DefaultIfEmpty(long.MinValue).Max();
        var imports = span.Marks.Select(mark => mark.Import).OfType<Guid>().ToArray();
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new(OfMembers) { Parameters = { new() { Value = streams.ToArray() } } },
                new(OfMarks) { Parameters = { new() { Value = span.Topic }, new() { Value = span.Partition }, new() { Value = through }, new() { Value = imports } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var sessions = new Dictionary<SessionKey, MemberSession>();
        do
        {
            while (await reader.ReadAsync(cancellation))
            {
                var session = Of(reader);
                if (CryptographicOperations.FixedTimeEquals(Tag(session, reader.GetGuid(7), reader.GetInt32(8)), reader.GetFieldValue<byte[]>(9)))
                    sessions.TryAdd(session.Key, session);
            }
        }
        while (await reader.NextResultAsync(cancellation));
        return [.. sessions.Values];
    }

    /// <summary>Keeps what they have come to.</summary>
    public async Task WriteAsync(NpgsqlTransaction transaction, AccessSpan span, IEnumerable<MemberSession> changed, CancellationToken cancellation)
    {
        var year = store.Appender.Year;
        MemberSession[] sessions = [.. changed.Select(session => Sealed(session, year))];
        if (sessions.Length == 0)
            return;
        await using var command = new NpgsqlCommand(Keep, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = span.Topic },
                new() { Value = span.Partition },
                new() { Value = sessions.Select(session => session.Key.Stream).ToArray() },
                new() { Value = sessions.Select(session => session.Key.Site).ToArray() },
                new() { Value = sessions.Select(session => session.LastMs).ToArray() },
                new() { Value = sessions.Select(session => session.DueMs).ToArray() },
                new() { Value = sessions.Select(session => session.Import).ToArray() },
                new() { Value = sessions.Select(session => session.OpenedMs).ToArray() },
                new() { Value = sessions.Select(session => YearOf(session.Body!)).ToArray() },
                new() { Value = sessions.Select(session => session.Body!).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = sessions.Select(session => Tag(session, span.Topic, span.Partition)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What is appended of a session that has ended by inactivity; null where its member's keys have ended.</summary>
    public Draft? EndOf(MemberSession session)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(session.EndMs);
        if (session.Ending is { } ending)
            return ending with { Event = ending.Event with { At = at } };
        return store.Sealer.Open(session.Body!, session.Key.Stream, Opened(session)) is { Name: { } name, Event: var sealedEnd }
            ? new Draft(new Person(PersonClass.Member, name), sealedEnd with { At = at }) { IsDerived = true }
            : null;
    }

    /// <summary>The search token of a site.</summary>
    public long TokenOf(string site) => BinaryPrimitives.ReadInt64BigEndian(HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.People), Encoding.UTF8.GetBytes($"site:{site}")));

    private MemberSession Sealed(MemberSession session, int year) => session.Ending is not { } ending ? session : session with
    {
        Ending = null,
        Body = store.Sealer.Seal(ending with { Event = ending.Event with { At = Opened(session) } }, store.Vault.GetOrCreate([ending.Person!.Value]), year),
    };

    private byte[] Tag(MemberSession session, Guid topic, int partition)
    {
        var numbers = new byte[5 * sizeof(long)];
        long[] values = [session.Key.Site, partition, session.LastMs, session.DueMs ?? long.MinValue, session.OpenedMs];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(i * sizeof(long)), values[i]);
        byte[] content = [.. "session"u8, .. Bytes(session.Key.Stream), .. Bytes(topic), .. Bytes(session.Import ?? Guid.Empty), .. numbers, .. session.Body!];
        return HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.RecordHead), content);
    }

    private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static int YearOf(byte[] body) => Owner.Read(EntryBody.Parts(body)[0]).Year;

    private static DateTimeOffset Opened(MemberSession session) => DateTimeOffset.FromUnixTimeMilliseconds(session.OpenedMs);

    private static MemberSession Of(NpgsqlDataReader reader) => new(new SessionKey(reader.GetGuid(0), reader.GetInt64(1)))
    {
        LastMs = reader.GetInt64(2),
        DueMs = reader.IsDBNull(3) ? null : reader.GetInt64(3),
        Import = reader.IsDBNull(4) ? null : reader.GetGuid(4),
        OpenedMs = reader.GetInt64(5),
        Body = reader.GetFieldValue<byte[]>(6),
    };
}
