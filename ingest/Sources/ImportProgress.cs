using KpTelemetry.Schemas;
using Npgsql;

namespace KpTelemetry.Ingest.Sources;

/// <summary>How far an import has come, from its sending to the publisher's decision.</summary>
public sealed record ImportProgress
{
    public required Guid Import { get; init; }
    public required string Site { get; init; }
    /// <summary>Bytes stored, from the start without gaps.</summary>
    public required long SentThrough { get; init; }
    /// <summary>Rows in those bytes.</summary>
    public required long SentRows { get; init; }
    /// <summary>The end marks are stored.</summary>
    public required bool Ended { get; init; }
    /// <summary>Everything stored is in the books.</summary>
    public required bool Counted { get; init; }
    /// <summary>The publisher has decided about everything counted.</summary>
    public required bool Decided { get; init; }
    /// <summary>When the last of the days that are still open ends, of those that got figures since the file was first sent.</summary>
    public required DateTimeOffset? WithheldUntil { get; init; }
    public required long Received { get; init; }
    public required long Accepted { get; init; }
    public required long Duplicates { get; init; }
    public required IReadOnlyDictionary<string, long> Rejected { get; init; }
    public required IReadOnlyDictionary<string, long> Dropped { get; init; }
}

/// <summary>Reads an import's progress from the books.</summary>
public sealed class ProgressReader(NpgsqlDataSource database)
{
    // One statement, so that all parts are of one moment: what is in the books when the end marks are is complete.
    private const string Sql =
        """
        select i.site, i.sent_through, i.sent_rows, i.ended_at is not null,
               (select count(distinct e.partition) from kp.import_ends e where e.import = i.import),
               coalesce(p.decided_seq, -1),
               coalesce((select max(e.seq) from kp.import_ends e where e.import = i.import), 0),
               coalesce((select max(d.seq) from kp.block_days d where d.site = i.site), 0),
               (select max(r.ends_at) from kp.release_days r where r.site = i.site and not r.closed and exists (
                   select 1 from kp.block_days d join kp.blocks b on b.seq = d.seq
                   where d.site = r.site and d.day = r.day
                     and b.done_at >= (select min(f.started_at) from kp.imports f where f.source = i.source))),
               books.outcomes, books.reasons, books.events
        from kp.imports i
        left join kp.publishers p on p.site = i.site
        cross join lateral (
            select coalesce(array_agg(b.outcome), '{}') as outcomes, coalesce(array_agg(b.reason), '{}') as reasons, coalesce(array_agg(b.events), '{}') as events
            from (select outcome, reason, sum(events)::bigint as events from kp.books where import = $1 group by outcome, reason) b) books
        where i.import = $1
        """;

    /// <summary>The progress of an import; null where there is none of that id.</summary>
    public async Task<ImportProgress?> ReadAsync(Guid import, int partitions, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.AddWithValue(import);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var books = Books.Of(reader.GetFieldValue<string[]>(9), reader.GetFieldValue<int[]>(10), reader.GetFieldValue<long[]>(11));
        var ended = reader.GetBoolean(3);
        var counted = ended ? reader.GetInt64(4) >= partitions : books.Received >= reader.GetInt64(2);
        var lastSequence = ended ? reader.GetInt64(6) : reader.GetInt64(7);
        return new ImportProgress
        {
            Import = import,
            Site = reader.GetString(0),
            SentThrough = reader.GetInt64(1),
            SentRows = reader.GetInt64(2),
            Ended = ended,
            Counted = counted,
            Decided = counted && reader.GetInt64(5) >= lastSequence,
            WithheldUntil = reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
            Received = books.Received,
            Accepted = books.Sum("counted"),
            Duplicates = books.Sum("duplicate"),
            Rejected = books.ByReason("rejected"),
            Dropped = books.ByReason("dropped"),
        };
    }

    private sealed record Books(IReadOnlyList<(string Outcome, Reason Reason, long Events)> Entries)
    {
        public long Received => Entries.Sum(entry => entry.Events);

        public static Books Of(string[] outcomes, int[] reasons, long[] events) => new([.. outcomes.Select((outcome, i) => (outcome, (Reason)reasons[i], events[i]))]);

        public long Sum(string outcome) => Entries.Where(entry => entry.Outcome == outcome).Sum(entry => entry.Events);

        public Dictionary<string, long> ByReason(string outcome) =>
            Entries.Where(entry => entry.Outcome == outcome).ToDictionary(entry => entry.Reason.Name(), entry => entry.Events, StringComparer.Ordinal);
    }
}
