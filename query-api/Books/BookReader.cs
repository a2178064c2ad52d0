using System.Globalization;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Npgsql;

namespace KpTelemetry.QueryApi.Books;

/// <summary>Reads the books.</summary>
public sealed class BookReader(NpgsqlDataSource database, RecordReader record, KpSettings settings)
{
    private const string Replayed =
        """
        select r.reason, count(*) from kp.rejected r join kp.imports i on i.import = r.replay
        where exists (select from kp.seen_ranges s where s.topic = r.topic and s.partition = r.target and s.source = i.source and s.kind = $1 and s.ranges @> r.position)
        group by r.reason order by r.reason
        """;

    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(2);

    /// <summary>The books now, of one moment but for the lag, which is read after them.</summary>
    public async Task<PipelineBooks> ReadAsync(CancellationToken cancellation)
    {
        var lines = await QueryAsync("select outcome, reason, sum(events)::bigint from kp.books group by outcome, reason", reader => (Outcome: reader.GetString(0), Reason: (Reason)reader.GetInt32(1), Events: reader.GetInt64(2)), cancellation);
        var releases = await QueryAsync("select site, max(number), max(done_at) from kp.releases where done_at is not null group by site order by site", reader => (Site: reader.GetString(0), Releases: new SiteReleases(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2))), cancellation);
        return new PipelineBooks(
            lines.Sum(line => line.Events),
            lines.Where(line => line.Outcome == "counted").Sum(line => line.Events),
            lines.Where(line => line.Outcome == "duplicate").Sum(line => line.Events),
            ByReason("rejected"),
            ByReason("dropped"),
            await record.CountAccessAsync(cancellation),
            await LagAsync(cancellation),
            releases.ToDictionary(release => release.Site, release => release.Releases, StringComparer.Ordinal),
            (await QueryAsync(Replayed, reader => (Reason: (Reason)reader.GetInt32(0), Rows: reader.GetInt64(1)), cancellation, (int)GroupKind.Telemetry)).ToDictionary(row => row.Reason.Name(), row => row.Rows, StringComparer.Ordinal));

        Dictionary<string, long> ByReason(string outcome) =>
            lines.Where(line => line.Outcome == outcome).OrderByDescending(line => line.Events).ToDictionary(line => line.Reason.Name(), line => line.Events, StringComparer.Ordinal);
    }

    private async Task<Lag> LagAsync(CancellationToken cancellation)
    {
        var next = await QueryAsync(
            "select p.partition, p.next_offset from kp.partitions p join kp.topics t on t.topic = p.topic where t.name = $1 order by p.partition",
            reader => (Partition: reader.GetInt32(0), Offset: reader.GetInt64(1)),
            cancellation,
            Topics.Raw);
        var lags = await Task.WhenAll(next.Select(read => Task.Run(() => (read.Partition, Records: Behind(read.Partition, read.Offset)), cancellation)));
        return new Lag(
            lags.Any(lag => lag.Records is null) ? null : lags.Sum(lag => lag.Records!.Value),
            lags.ToDictionary(lag => lag.Partition.ToString(CultureInfo.InvariantCulture), lag => lag.Records, StringComparer.Ordinal));
    }

    // The end may have been read before the offset was committed.
    private long? Behind(int partition, long next) =>
        PartitionLog.EndOrNull(settings.Kafka, Topics.Raw, partition, LogPatience) is { } end ? Math.Max(0, end - next) : null;

    private async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
