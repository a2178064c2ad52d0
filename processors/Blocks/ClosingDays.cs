using KpTelemetry.Privacy.Counting;
using Npgsql;

namespace KpTelemetry.Processors.Blocks;

/// <summary>
/// Closes site days, under the head row's lock: so of several partitions the last to get there sees all the others. A
/// day is closed for all partitions at once; blocks after that are late data.
/// </summary>
internal static class ClosingDays
{
    private const string Close =
        """
        ), closed as (update kp.site_days d set closed = true from over where d.site = over.site and d.day = over.day returning d.site, d.day)
        insert into kp.day_closes (site, day, topic, partition, seq)
        select closed.site, closed.day, t.topic, p.partition, (select seq from kp.head)
        from closed cross join kp.topics t cross join lateral generate_series(0, t.partitions - 1) as p (partition) where t.topic = $1
        on conflict do nothing
        """;

    // Live days: every partition has received everything up to the day's end and its lateness.
    private const string ByWatermark =
        """
        with over as (
            select d.site, d.day from kp.site_days d
            where not d.closed and d.is_live and d.ends_at + d.lateness_ms * interval '1 millisecond' <= (
                select to_timestamp(min(p.watermark_ms) / 1000.0) from kp.partitions p join kp.topics t on t.topic = p.topic
                where p.topic = $1 having count(*) = min(t.partitions))
        """ + Close;

    // An import that has ended on every partition: the days of its site that were over when its end was received.
    private const string ByImport =
        """
        with over as (
            select d.site, d.day from kp.site_days d
            where not d.closed and d.site = $2 and d.ends_at <= to_timestamp($3 / 1000.0)
                and (select count(*) from kp.import_ends e where e.import = $4 and e.topic = $1) = (select partitions from kp.topics where topic = $1)
        """ + Close;

    public static void AddTo(NpgsqlBatch batch, Guid topic, BlockContent content)
    {
        batch.Add(ByWatermark, topic);
        foreach (var end in content.ImportEnds)
            batch.Add(ByImport, topic, end.Site, end.ReceivedMs, end.Import);
    }
}
