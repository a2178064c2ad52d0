using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Ingest.Replaying;

/// <summary>Rejected rows of one site, reason and day of receipt, counted.</summary>
/// <param name="Day">UTC day of receipt; null for those from before it was noted.</param>
/// <param name="Sent">Sent again and not counted yet.</param>
/// <param name="Replayed">Sent again and counted, or known as a repeat.</param>
/// <param name="Until">When policy ends the key that opens them, where retention has looked.</param>
internal sealed record RejectedDay(string Site, Reason Reason, DateOnly? Day, long Waiting, long Sent, long Replayed, DateTimeOffset? Until);

/// <summary>What PostgreSQL knows of rejected rows and of their replays.</summary>
internal sealed class RejectedLedger(NpgsqlDataSource database, TimeProvider time)
{
    private const string Days =
        """
        select r.site, r.reason, r.day, count(*) filter (where r.replay is null), count(*) filter (where r.replay is not null and not r.counted), count(*) filter (where r.counted), max(p.until)
        from (
            select site, reason, replay, (to_timestamp(greatest(received_ms, 0) / 1000) at time zone 'utc')::date as day,
                replay is not null and exists (
                    select from kp.seen_ranges s join kp.imports i on i.import = x.replay
                    where s.topic = x.topic and s.partition = x.target and s.source = i.source and s.kind = $1 and s.ranges @> x.position) as counted
            from kp.rejected x where ($2::text is null or site = $2) and ($3::int is null or reason = $3)) r
        left join kp.retention_report p on p.key = 'replay/' || to_char(r.day, 'YYYY-MM-DD')
        group by r.site, r.reason, r.day order by r.site, r.reason, r.day
        """;

    // What a whole group was rejected for has no line of its own: its sender sends it again, or its key comes back.
    private const string Waiting =
        """
        select partition, "offset", row, site, reason, null::bigint, null::int from kp.rejected
        where topic = $1 and replay is null and reason <> $2 and (partition, "offset", row) > ($3, $4, $5)
            and ($6::text is null or site in ($6, '')) and ($7::int is null or reason = $7)
        order by partition, "offset", row limit $8
        """;

    private const string Unfinished = "select i.import from kp.imports i where i.ended_at is null and exists (select from kp.rejected r where r.replay = i.import) order by i.started_at";

    private const string OfReplay = """select partition, "offset", row, site, reason, position, target from kp.rejected where replay = $1 and topic = $2 order by partition, "offset", row""";

    private const string Begin =
        """
        with source as (insert into kp.sources (source, site, head, state_key, created_at) values ($1, $3, '', $4, $5) returning source)
        insert into kp.imports (import, source, site, length, started_at) select $2, source, $3, $6, $5 from source
        """;

    private const string Assign =
        """
        update kp.rejected r set replay = $1, position = a.position, target = a.target
        from unnest($3::int[], $4::bigint[], $5::int[], $6::bigint[], $7::int[]) as a (partition, "offset", row, position, target)
        where r.topic = $2 and r.partition = a.partition and r."offset" = a."offset" and r.row = a.row and r.replay is null
        """;

    private const int LockKey = 0x6B70_7265;

    /// <summary>Lets one replay go on at a time, whichever process it is in: until the connection is disposed of. Null where another goes on.</summary>
    public async Task<NpgsqlConnection?> TryAloneAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", connection);
        if (await command.ExecuteScalarAsync(cancellation) is true)
            return connection;
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Gives up the turn.</summary>
    public static async Task LeaveAsync(NpgsqlConnection alone)
    {
        await using var command = new NpgsqlCommand($"select pg_advisory_unlock({LockKey})", alone);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>All rejected rows, counted.</summary>
    public Task<List<RejectedDay>> DaysAsync(RejectedFilter filter, CancellationToken cancellation) => RowsAsync(
        Days,
        row => new RejectedDay(
            row.GetString(0), (Reason)row.GetInt32(1), row.IsDBNull(2) ? null : row.GetFieldValue<DateOnly>(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6)),
        cancellation,
        (int)GroupKind.Telemetry, Text(filter.Site), Number(filter.Reason));

    /// <summary>Rows that wait and lie behind a place, those whose site is not known included.</summary>
    public Task<List<Pointer>> WaitingAsync(Guid topic, RejectedFilter filter, Place after, int most, CancellationToken cancellation) =>
        RowsAsync(Waiting, Read, cancellation, topic, (int)Reason.Unreadable, after.Partition, after.Offset, after.Row, Text(filter.Site), Number(filter.Reason), most);

    /// <summary>Replays whose sending was interrupted.</summary>
    public Task<List<Guid>> UnfinishedAsync(CancellationToken cancellation) => RowsAsync(Unfinished, row => row.GetGuid(0), cancellation);

    /// <summary>The rows of a replay, in the order of the log.</summary>
    public Task<List<Pointer>> OfReplayAsync(Guid topic, Guid replay, CancellationToken cancellation) => RowsAsync(OfReplay, Read, cancellation, replay, topic);

    /// <summary>
    /// Decides, before anything is sent, that these rows are that replay: from here on they are of no other. False where
    /// one of them is, and nothing is changed.
    /// </summary>
    public async Task<bool> TryBeginAsync(Guid topic, FileImport replay, string site, string stateKey, IReadOnlyList<Pointer> rows, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var begin = Command(new NpgsqlCommand(Begin, connection, transaction), replay.Source, replay.Import, site, stateKey, time.GetUtcNow(), (long)rows.Count);
        await begin.ExecuteNonQueryAsync(cancellation);
        await using var assign = Command(
            new NpgsqlCommand(Assign, connection, transaction), replay.Import, topic,
            rows.Select(row => row.Place.Partition).ToArray(), rows.Select(row => row.Place.Offset).ToArray(), rows.Select(row => row.Place.Row).ToArray(),
            rows.Select(row => row.Sent!.Position).ToArray(), rows.Select(row => row.Sent!.Target).ToArray());
        if (await assign.ExecuteNonQueryAsync(cancellation) != rows.Count)
            return false;
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private static Pointer Read(NpgsqlDataReader row) => new(
        new Place(row.GetInt32(0), row.GetInt64(1), row.GetInt32(2)), row.GetString(3), (Reason)row.GetInt32(4),
        row.IsDBNull(5) ? null : new Sending(row.GetInt64(5), row.GetInt32(6)));

    private static NpgsqlParameter Text(string? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Number(Reason? value) => new() { Value = value is { } reason ? (int)reason : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlCommand Command(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(database.CreateCommand(sql), values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
