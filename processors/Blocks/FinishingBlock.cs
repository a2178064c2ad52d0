using KpTelemetry.Privacy.Counting;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Processors.Blocks;

/// <summary>
/// The statements of the transaction that ends a block, in one round trip. What is the partition's own comes first; the
/// head row's lock, which all partitions and publishers share, is taken as late as can be, and orders what follows it.
/// </summary>
internal static class FinishingBlock
{
    private const string Advance = "update kp.partitions set next_offset = $3, replay_from = $4, watermark_ms = $5 where topic = $1 and partition = $2";

    private const string Books =
        """
        insert into kp.books as b (topic, partition, site, import, outcome, reason, events)
        select $1, $2, entry.* from unnest($3::text[], $4::uuid[], $5::text[], $6::int[], $7::bigint[]) as entry
        on conflict (topic, partition, site, import, outcome, reason) do update set events = b.events + excluded.events
        """;

    private const string Covered =
        """
        insert into kp.seen_ranges (topic, partition, source, kind, since, ranges)
        select $1, $2, span.source, span.kind, $3, range_agg(int8range(span.lower, span.upper))
        from unnest($4::uuid[], $5::int[], $6::bigint[], $7::bigint[]) as span (source, kind, lower, upper) group by span.source, span.kind
        """;

    private const string Keys =
        """
        insert into kp.key_uses as u (topic, partition, key, first_offset, last_offset)
        select $1, $2, k.* from unnest($3::text[], $4::bigint[], $5::bigint[]) as k
        on conflict (topic, partition, key) do update set last_offset = excluded.last_offset
        """;

    private const string Point = """insert into kp.replay_points (topic, partition, "offset", clock) values ($1, $2, $3, $4)""";

    // Points before the one that a replay starts from are of no more use, and ranges from before it need not be told apart.
    private const string ForgetPoints = """delete from kp.replay_points where topic = $1 and partition = $2 and "offset" < $3""";

    private const string MergeRanges =
        """
        with old as (delete from kp.seen_ranges where topic = $1 and partition = $2 and since < $3 and since >= 0 returning source, kind, ranges)
        insert into kp.seen_ranges as s (topic, partition, source, kind, since, ranges)
        select $1, $2, source, kind, -1, range_agg(ranges) from old group by source, kind
        on conflict (topic, partition, source, kind, since) do update set ranges = s.ranges + excluded.ranges
        """;

    private const string NameAttempt = "update kp.attempts set done = true where attempt = $1";
    private const string DropIntent = "delete from kp.blocks where topic = $1 and partition = $2 and first_offset = $3 and seq is null";
    private const string LockHead = "update kp.head set seq = seq + 1";

    private const string EndBlock =
        "update kp.blocks set attempt = $4, done_at = now(), seq = (select seq from kp.head) where topic = $1 and partition = $2 and first_offset = $3";

    private const string BlockDays = "insert into kp.block_days (site, day, seq, began) select site, day, (select seq from kp.head), case when count(*) > 1 then 2 when bool_or(began) then 1 else 0 end from unnest($1::text[], $2::date[], $3::boolean[]) as d (site, day, began) group by site, day";

    private const string SiteDays =
        """
        insert into kp.site_days as s (site, day, ends_at, is_live, lateness_ms)
        select site, day, max(to_timestamp(ends_ms / 1000.0)), bool_or(is_live), max(lateness_ms)
        from unnest($1::text[], $2::date[], $3::bigint[], $4::boolean[], $5::bigint[]) as d (site, day, ends_ms, is_live, lateness_ms)
        group by site, day
        on conflict (site, day) do update set is_live = s.is_live or excluded.is_live, lateness_ms = greatest(s.lateness_ms, excluded.lateness_ms)
        where (excluded.is_live and not s.is_live) or excluded.lateness_ms > s.lateness_ms
        """;

    private const string Rejected =
        """
        insert into kp.rejected (topic, partition, "offset", row, site, reason, received_ms, seq)
        select $1, $2, r.*, (select seq from kp.head) from unnest($3::bigint[], $4::int[], $5::text[], $6::int[], $7::bigint[]) as r
        on conflict do nothing
        """;

    private const string ImportEnds = "insert into kp.import_ends (import, topic, partition, seq) select import, $1, $2, (select seq from kp.head) from unnest($3::uuid[]) as e (import) on conflict do nothing";

    /// <summary>Adds and runs the statements. <paramref name="attempt"/> is 0 for a block without cells.</summary>
    public static async Task WriteAsync(NpgsqlTransaction transaction, Block block, long attempt, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        AddPartitionOwn(batch, block, attempt);
        batch.Add(LockHead);
        AddShared(batch, block, attempt);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static void AddPartitionOwn(NpgsqlBatch batch, Block block, long attempt)
    {
        var (topic, partition, content) = (block.Claim.Topic, block.Claim.Partition, block.Content);
        batch.Add(Advance, topic, partition, block.NextOffset, block.ReplayFrom, content.WatermarkMs);
        if (content.Books.Count > 0)
            batch.Add(Books, topic, partition, Column(content.Books, b => b.Site), Column(content.Books, b => b.Import), Column(content.Books, b => OutcomeText(b.Outcome)), Column(content.Books, b => (int)b.Reason), Column(content.Books, b => b.Events));
        if (content.Covered.Count > 0)
        {
            var spans = content.Covered.SelectMany(source => source.Ranges.Select(range => (source.Source, source.Kind, range.From, range.To))).ToArray();
            batch.Add(Covered, topic, partition, block.FirstOffset, Column(spans, s => s.Source), Column(spans, s => (int)s.Kind), Column(spans, s => s.From), Column(spans, s => s.To));
        }

        if (content.Keys.Count > 0)
            batch.Add(Keys, topic, partition, Column(content.Keys, k => k.Key), Column(content.Keys, k => k.FirstOffset), Column(content.Keys, k => k.LastOffset));
        if (block.Point is { } point)
        {
            batch.Add(Point, topic, partition, point.Offset, point.Clock);
            batch.Add(ForgetPoints, topic, partition, block.ReplayFrom);
            batch.Add(MergeRanges, topic, partition, block.ReplayFrom);
        }

        if (attempt != 0)
            batch.Add(NameAttempt, attempt);
        else
            batch.Add(DropIntent, topic, partition, block.FirstOffset);
    }

    private static void AddShared(NpgsqlBatch batch, Block block, long attempt)
    {
        var (topic, partition, content) = (block.Claim.Topic, block.Claim.Partition, block.Content);
        if (attempt != 0)
            batch.Add(EndBlock, topic, partition, block.FirstOffset, attempt);
        if (content.Days.Count > 0)
        {
            batch.Add(BlockDays, Column(content.Days, d => d.Site), Column(content.Days, d => d.Day), Column(content.Days, d => d.Began));
            batch.Add(SiteDays, Column(content.Days, d => d.Site), Column(content.Days, d => d.Day), Column(content.Days, d => d.EndsAtMs), Column(content.Days, d => d.IsLive), Column(content.Days, d => d.LatenessMs));
        }

        if (content.Rejected.Count > 0)
            batch.Add(Rejected, topic, partition, Column(content.Rejected, r => r.Offset), Column(content.Rejected, r => r.Row), Column(content.Rejected, r => r.Site), Column(content.Rejected, r => (int)r.Reason), Column(content.Rejected, r => r.ReceivedMs));
        if (content.ImportEnds.Count > 0)
            batch.Add(ImportEnds, topic, partition, Column(content.ImportEnds, e => e.Import));
        ClosingDays.AddTo(batch, topic, content);
    }

    private static string OutcomeText(Outcome outcome) => outcome switch
    {
        Outcome.Counted => "counted",
        Outcome.Duplicate => "duplicate",
        Outcome.Rejected => "rejected",
        _ => "dropped",
    };

    private static TColumn[] Column<TRow, TColumn>(IReadOnlyList<TRow> rows, Func<TRow, TColumn> value) => [.. rows.Select(value)];

    /// <summary>Adds a statement with positional parameters.</summary>
    internal static void Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? (value is DateOnly[] ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date } : new NpgsqlParameter { Value = value }));
        batch.BatchCommands.Add(command);
    }
}
