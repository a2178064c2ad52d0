using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Processors.Retaining;

/// <summary>Reads from PostgreSQL what decides, and writes what was decided.</summary>
internal sealed class RetentionLedger(NpgsqlDataSource database, TimeProvider time)
{
    private const string PendingDays =
        """
        select b.log_day, max(s.ends_at + s.lateness_ms * interval '1 millisecond'), bool_or(b.seq is null), coalesce(bool_or(d.seq is not null and coalesce(p.decided_seq, 0) < b.seq), false),
            coalesce(bool_or(not s.closed or (r.closed and r.evaluated_seq < b.seq)), false)
        from kp.blocks b
        left join kp.block_days d on d.seq = b.seq
        left join kp.publishers p on p.site = d.site
        left join kp.site_days s on s.site = d.site and s.day = d.day
        left join kp.release_days r on r.site = d.site and r.day = d.day
        where not exists (select from kp.key_ends e where e.key = 'pending/' || to_char(b.log_day, 'YYYY-MM-DD') and e.ended_at is not null)
        group by b.log_day
        """;

    private const string Rebuilds =
        """
        select r.rebuild, p.partition, p.first_offset from kp.rebuilds r left join kp.rebuild_partitions p on p.rebuild = r.rebuild
        where r.state not in ('done', 'failed') order by r.rebuild
        """;

    /// <summary>The facts about the topic, of one moment.</summary>
    public async Task<RetentionFacts> ReadAsync(Guid topic, int partitions, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        return new RetentionFacts(
            partitions,
            await RowsAsync(connection, "select partition, replay_from, watermark_ms from kp.partitions where topic = $1", row => new PartitionFacts(row.GetInt32(0), row.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))), cancellation, topic),
            [.. (await RowsAsync(connection, "select partition, key, first_offset, last_offset from kp.key_uses where topic = $1", row => (Key: RetainedKey.Of(row.GetString(1)), Row: (row.GetInt32(0), row.GetInt64(2), row.GetInt64(3))), cancellation, topic))
                .Where(use => use.Key is not null).Select(use => new KeyUse(use.Row.Item1, use.Key!.Value, use.Row.Item2, use.Row.Item3))],
            await RowsAsync(connection, PendingDays, row => new PendingFacts(row.GetFieldValue<DateOnly>(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4)), cancellation),
            await RowsAsync(connection, "select from_day, to_day from kp.holds where lifted_at is null and covers in ('all', 'telemetry')", row => new HoldFacts(row.GetFieldValue<DateOnly>(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateOnly>(1)), cancellation))
        {
            Rebuilds = [.. (await RowsAsync(connection, Rebuilds, row => (Id: row.GetGuid(0), Partition: row.IsDBNull(1) ? (int?)null : row.GetInt32(1), From: row.IsDBNull(2) ? 0 : row.GetInt64(2)), cancellation))
                .GroupBy(row => row.Id, (id, rows) => new RebuildFacts(id, rows.All(row => row.Partition is null) ? null : rows.ToDictionary(row => row.Partition!.Value, row => row.From)))],
        };
    }

    /// <summary>
    /// Decides the end of keys that no hold covers, and returns all whose end is decided and not done. From here on a hold
    /// or a rebuild comes too late for them: whoever places one waits for this transaction, and sees what it has decided.
    /// Where a rebuild was asked for that is none of those <paramref name="known"/>, nothing is decided.
    /// </summary>
    public async Task<List<RetainedKey>> DecideAsync(IReadOnlyList<RetainedKey> due, IReadOnlyList<RebuildFacts> known, string policy, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var locking = new NpgsqlCommand("lock table kp.holds, kp.rebuilds in share mode", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        await using (var insert = new NpgsqlCommand(
            """
            insert into kp.key_ends (key, policy, decided_at)
            select due.key, $3, $4 from unnest($1::text[], $2::date[]) as due (key, day)
            where not exists (select from kp.holds h where h.lifted_at is null and h.covers in ('all', 'telemetry') and due.day >= h.from_day and (h.to_day is null or due.day <= h.to_day))
                and not exists (select from kp.rebuilds r where r.state not in ('done', 'failed') and r.rebuild <> all ($5))
            on conflict do nothing
            """,
            connection, transaction))
        {
            insert.Parameters.Add(new() { Value = due.Select(key => key.Name).ToArray() });
            insert.Parameters.Add(new() { Value = due.Select(key => key.Day).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
            insert.Parameters.Add(new() { Value = policy });
            insert.Parameters.Add(new() { Value = time.GetUtcNow() });
            insert.Parameters.Add(new() { Value = known.Select(rebuild => rebuild.Id).ToArray() });
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        var decided = await RowsAsync(connection, "select key from kp.key_ends where ended_at is null and key not like 'person/%' order by key", row => RetainedKey.Of(row.GetString(0))!.Value, cancellation);
        await transaction.CommitAsync(cancellation);
        return decided;
    }

    /// <summary>Holds on the access record, whomever they are on.</summary>
    public async Task<IReadOnlyList<HoldFacts>> RecordHoldsAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await RowsAsync(
            connection, "select from_day, to_day from kp.holds where lifted_at is null and covers in ('all', 'record')",
            row => new HoldFacts(row.GetFieldValue<DateOnly>(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateOnly>(1)), cancellation);
    }

    /// <summary>Decides the end of keys of the record that no hold covers, as <see cref="DecideAsync"/> does, and returns all whose end is decided and not done.</summary>
    public async Task<List<RecordYearKey>> DecideAsync(IReadOnlyList<RecordYearKey> due, string policy, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var locking = new NpgsqlCommand("lock table kp.holds in share mode", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        await using (var insert = new NpgsqlCommand(
            """
            insert into kp.key_ends (key, policy, decided_at)
            select due.key, $4, $5 from unnest($1::text[], $2::date[], $3::date[]) as due (key, first, last)
            where not exists (select from kp.holds h where h.lifted_at is null and h.covers in ('all', 'record') and due.last >= h.from_day and (h.to_day is null or due.first <= h.to_day))
            on conflict do nothing
            """,
            connection, transaction))
        {
            insert.Parameters.Add(new() { Value = due.Select(key => key.Name).ToArray() });
            insert.Parameters.Add(new() { Value = due.Select(key => key.FirstDay).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
            insert.Parameters.Add(new() { Value = due.Select(key => key.LastDay).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
            insert.Parameters.Add(new() { Value = policy });
            insert.Parameters.Add(new() { Value = time.GetUtcNow() });
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        var decided = await RowsAsync(connection, "select key from kp.key_ends where ended_at is null and key like 'person/%' order by key", row => RecordYearKey.Of(row.GetString(0))!.Value, cancellation);
        await transaction.CommitAsync(cancellation);
        return decided;
    }

    /// <summary>Notes, in the caller's transaction, that a key is gone. False where that was noted before.</summary>
    public async Task<bool> NoteEndAsync(NpgsqlTransaction transaction, string key, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            with gone as (delete from kp.key_uses where key = $1)
            update kp.key_ends set ended_at = $2 where key = $1 and ended_at is null
            """,
            transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    /// <summary>Writes what every living key waits for, for those who ask.</summary>
    public async Task ReportAsync(IReadOnlyList<(string Key, DateTimeOffset? Until, string WaitsFor)> living, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            with old as (delete from kp.retention_report where key <> all ($1))
            insert into kp.retention_report as r (key, until, waits_for, seen_at) select v.*, $4 from unnest($1::text[], $2::timestamptz[], $3::text[]) as v
            on conflict (key) do update set until = excluded.until, waits_for = excluded.waits_for, seen_at = excluded.seen_at
            """);
        command.Parameters.Add(new() { Value = living.Select(key => key.Key).ToArray() });
        command.Parameters.Add(new() { Value = living.Select(key => key.Until?.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = living.Select(key => key.WaitsFor).ToArray() });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
