using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>What PostgreSQL knows of rebuilds.</summary>
internal sealed class RebuildLedger(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The name of the topics that rebuilds' blocks are of; their ids are the rebuilds'.</summary>
    public const string Topic = "kp.rebuild";

    private const long LockKey = 0x6B70_7265_6275;

    private const string Next = "select rebuild, generation, from_day, fold_version, through_seq, log_day from kp.rebuilds where state not in ('done', 'failed') order by requested_at limit 1";

    // Under the head's lock: what is done is done on both sides of the comparison, or on neither.
    private const string LockHead = "select seq from kp.head for update";

    // From a day, or where keys have ended: from the first group under a key that lives and is of the day or later. A key
    // whose end is decided lives no more: retention does not wait for a rebuild that comes after it.
    private const string Spans =
        """
        insert into kp.rebuild_partitions (rebuild, partition, first_offset, end_offset, next_offset)
        select $1, p.partition, s.first, greatest(s.first, p.next_offset), s.first
        from kp.partitions p join unnest($3::int[], $4::bigint[]) as f (partition, first) on f.partition = p.partition
        cross join lateral (select case
            when $5::date is null and not exists (select from kp.key_ends where key like 'sealing/%') then f.first
            else greatest(f.first, coalesce((
                select min(u.first_offset) from kp.key_uses u
                where u.topic = p.topic and u.partition = p.partition and u.key like 'sealing/%' and to_date(substr(u.key, 9), 'YYYY-MM-DD') >= coalesce($5, '-infinity')
                    and not exists (select from kp.key_ends e where e.key = u.key)), p.next_offset)) end as first) s
        where p.topic = $2
        """;

    private const string Books = "insert into kp.rebuild_books (rebuild, site, outcome, events) select $1, site, outcome, sum(events) from kp.books where topic = $2 group by site, outcome";

    private const string TakeUp =
        """
        update kp.rebuilds set topic = $2, fold_version = $3, through_seq = $4, state = 'folding',
            log_day = (select (to_timestamp(coalesce(max(watermark_ms), 0) / 1000.0) at time zone 'utc')::date from kp.partitions where topic = $2)
        where rebuild = $1 and state = 'requested'
        """;

    private const string Counted =
        """
        with days as (
            select distinct d.site, d.day from kp.block_days d join kp.blocks b on b.seq = d.seq
            join kp.rebuild_partitions p on p.rebuild = $1 and p.partition = b.partition and b.first_offset >= p.first_offset
            where b.topic = $2 and d.seq <= $3
            union select * from unnest($4::text[], $5::date[])),
        outside as (
            select d.site, d.day from kp.block_days d join kp.blocks b on b.seq = d.seq join kp.topics t on t.topic = b.topic
            left join kp.rebuild_partitions p on p.rebuild = $1 and p.partition = b.partition and b.topic = $2
            where d.seq <= $3 and t.name <> $6 and (b.topic <> $2 or b.first_offset < p.first_offset))
        select days.site, days.day, coalesce(array_agg(b.attempt) filter (where b.attempt is not null), '{}'), coalesce(array_agg(distinct b.log_day) filter (where b.log_day is not null), '{}'),
            exists (select from outside o where o.site = days.site and o.day between days.day - 1 and days.day)
        from days left join kp.block_days d on d.site = days.site and d.day = days.day and d.seq <= $3 left join kp.blocks b on b.seq = d.seq
        group by days.site, days.day order by days.site, days.day
        """;

    private const string Register =
        """
        with source as (insert into kp.sources (source, site, head, state_key, created_at) values ($1, $2, '', '', $3) on conflict do nothing)
        insert into kp.imports (import, source, site, length, started_at, ended_at) values ($1, $1, $2, 0, $3, $3) on conflict do nothing
        """;

    private const string Found =
        """
        insert into kp.rebuild_days (rebuild, site, day, "table", outcome, block) select $1, * from unnest($2::text[], $3::date[], $4::int[], $5::text[], $6::bigint[])
        on conflict (rebuild, site, day, "table") do update set outcome = excluded.outcome, block = excluded.block
        """;

    /// <summary>The rebuild that is under way or asked for.</summary>
    public async Task<Rebuild?> NextAsync(CancellationToken cancellation)
    {
        await using var command = Command(Next);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var (id, generation) = (reader.GetGuid(0), reader.GetInt32(1));
        var from = reader.IsDBNull(2) ? (DateOnly?)null : reader.GetFieldValue<DateOnly>(2);
        if (reader.IsDBNull(3))
            return new Rebuild(id, generation, from, null);
        var (version, seq, logDay) = (reader.GetInt32(3), reader.GetInt64(4), reader.GetFieldValue<DateOnly>(5));
        await reader.CloseAsync();
        var spans = await RowsAsync(
            "select partition, first_offset, end_offset from kp.rebuild_partitions where rebuild = $1 order by partition",
            row => new Span(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)), cancellation, id);
        return new Rebuild(id, generation, from, new RebuildPlan(version, seq, logDay, spans));
    }

    /// <summary>Lets one process go on at a time, until the connection is disposed of. Null where another goes on.</summary>
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

    /// <summary>Decides the plan of a rebuild that has none.</summary>
    /// <param name="firsts">The first offset that the log has, by partition.</param>
    public async Task TakeUpAsync(Rebuild rebuild, Guid topic, int version, IReadOnlyDictionary<int, long> firsts, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var head = new NpgsqlCommand(LockHead, connection, transaction);
        var seq = (long)(await head.ExecuteScalarAsync(cancellation))!;
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Add(Spans, rebuild.Id, topic, firsts.Keys.ToArray(), firsts.Values.ToArray(), DateOrNull(rebuild.From));
        batch.Add(Books, rebuild.Id, topic);
        batch.Add(TakeUp, rebuild.Id, topic, version, seq);
        await batch.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Tells how far a partition has been folded.</summary>
    public Task TellAsync(Rebuild rebuild, Block block, CancellationToken cancellation) => ExecuteAsync(
        "update kp.rebuild_partitions set next_offset = $3 where rebuild = $1 and partition = $2", cancellation, rebuild.Id, block.Claim.Partition, block.NextOffset);

    /// <summary>The books at the rebuild's moment.</summary>
    public async Task<Dictionary<(string Site, Outcome Outcome), long>> BooksAsync(Rebuild rebuild, CancellationToken cancellation) =>
        (await RowsAsync(
            "select site, outcome, events from kp.rebuild_books where rebuild = $1",
            row => (Key: (row.GetString(0), Enum.Parse<Outcome>(row.GetString(1), ignoreCase: true)), Events: row.GetInt64(2)), cancellation, rebuild.Id)).ToDictionary(entry => entry.Key, entry => entry.Events);

    /// <summary>Every day of the span, and of those that were folded, in the order of sites and days.</summary>
    public Task<List<CountedDay>> CountedAsync(Rebuild rebuild, Guid topic, IReadOnlyCollection<(string Site, DateOnly Day)> folded, CancellationToken cancellation) => RowsAsync(
        Counted,
        row => new CountedDay(row.GetString(0), row.GetFieldValue<DateOnly>(1), row.GetFieldValue<long[]>(2).ToHashSet(), row.GetFieldValue<DateOnly[]>(3), row.GetBoolean(4)),
        cancellation,
        rebuild.Id, topic, rebuild.Plan!.ThroughSeq, folded.Select(day => day.Site).ToArray(), Dates(folded.Select(day => day.Day)), Topic);

    /// <summary>Requests, visitors and page views that are published of a day; null where nothing was decided.</summary>
    public async Task<(long Requests, long Visitors, long PageViews)?> PublishedAsync(string site, DateOnly day, CancellationToken cancellation)
    {
        var rows = await RowsAsync("select requests, visitors, page_views from kp.release_days where site = $1 and day = $2", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellation, site, day);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Registers the import whose end settles what the rebuild adds to a site.</summary>
    public Task RegisterAsync(Guid import, string site, CancellationToken cancellation) => ExecuteAsync(Register, cancellation, import, site, time.GetUtcNow());

    /// <summary>Writes what was found.</summary>
    public Task WriteAsync(Rebuild rebuild, IReadOnlyList<Finding> findings, CancellationToken cancellation) => ExecuteAsync(
        Found, cancellation,
        rebuild.Id, findings.Select(found => found.Site).ToArray(), Dates(findings.Select(found => found.Day)), findings.Select(found => (int)found.Table.Id).ToArray(),
        findings.Select(found => found.Outcome).ToArray(), findings.Select(found => found.Block).ToArray());

    /// <summary>Goes on to comparing; the books agree, or were not compared.</summary>
    public Task CompareAsync(Rebuild rebuild, CancellationToken cancellation) =>
        ExecuteAsync("update kp.rebuilds set state = 'comparing', books = $2 where rebuild = $1", cancellation, rebuild.Id, rebuild.Plan!.IsWhole ? "equal" : "part");

    /// <summary>Ends it.</summary>
    /// <param name="problem">Why it failed; null where it is done.</param>
    public Task EndAsync(Rebuild rebuild, string? problem, CancellationToken cancellation) => ExecuteAsync(
        "update kp.rebuilds set state = $2, problem = $3, ended_at = $4 where rebuild = $1 and state not in ('done', 'failed')", cancellation,
        rebuild.Id, problem is null ? "done" : "failed", new NpgsqlParameter { Value = problem ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, time.GetUtcNow());

    private static NpgsqlParameter DateOrNull(DateOnly? day) => new() { Value = day ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };

    private static NpgsqlParameter Dates(IEnumerable<DateOnly> days) => new() { Value = days.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date };

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
