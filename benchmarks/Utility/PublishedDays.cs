using System.Text;
using Google.Protobuf;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Benchmarks.Utility;

/// <summary>What the rule publishes of a day, beside what happened.</summary>
/// <param name="Views">Page views.</param>
/// <param name="NamedViews">Of those, the ones published under a named page.</param>
/// <param name="ToldViews">Those published in the site's total.</param>
/// <param name="Visitors">Visitors.</param>
/// <param name="ToldVisitors">Those published in the site's total.</param>
/// <param name="NamedPages">How many pages are named.</param>
internal sealed record PublishedDay(DateOnly Day, long Views, long NamedViews, long ToldViews, long Visitors, long ToldVisitors, int NamedPages)
{
    /// <summary>Share of page views under a named page, 0 to 1.</summary>
    public double NamedShare => Views == 0 ? 0 : (double)NamedViews / Views;
}

/// <summary>Requests through the fold, in two partitions, and the release rule, each day at its close.</summary>
internal static class PublishedDays
{
    private const int Partitions = 2;
    private const int RowsOfGroup = 500;
    private const string PolicyRevision = "20170913";
    private static readonly byte[] StateKey = new byte[32];

    public static IReadOnlyList<PublishedDay> Of(IReadOnlyList<Hit> hits, ReferenceData reference) =>
        [.. Cells(hits, reference).GroupBy(cell => cell.Day).OrderBy(day => day.Key).Select(day => Publish(day.Key, [.. day]))];

    private static IEnumerable<Cell> Cells(IReadOnlyList<Hit> hits, ReferenceData reference) =>
        hits.GroupBy(hit => (string.GetHashCode(hit.Address, StringComparison.Ordinal) & int.MaxValue) % Partitions).SelectMany(partition => Fold([.. partition], reference));

    private static IReadOnlyList<Cell> Fold(IReadOnlyList<Hit> hits, ReferenceData reference)
    {
        using var fold = new PartitionFold(reference, FoldStart.Empty);
        var reader = new EventBatchReader();
        ulong sequence = 0;
        foreach (var group in hits.Chunk(RowsOfGroup))
        {
            var header = Header(++sequence, group);
            if (fold.Begin((long)sequence, header) && reader.TryRead(Body(group)))
                fold.Fold((long)sequence, header, reader, StateKey);
        }

        // The clock goes on until every visit has ended.
        fold.Begin((long)sequence + 1, Header(sequence + 1, [hits[^1] with { At = hits[^1].At.AddDays(1) }], GroupKind.Tick));
        return fold.TakeBlock().Cells;
    }

    private static GroupHeader Header(ulong sequence, Hit[] hits, GroupKind kind = GroupKind.Telemetry) => new()
    {
        Instance = ByteString.CopyFrom(new byte[16]),
        Sequence = sequence,
        Kind = kind,
        SealingKey = "sealing/2026-01-01",
        StateKey = "state/2026-01-01",
        ReceivedFromMs = hits[^1].At.ToUnixTimeMilliseconds(),
        ReceivedToMs = hits[^1].At.ToUnixTimeMilliseconds(),
        Rows = (uint)hits.Length,
    };

    private static ReadOnlyMemory<byte> Body(Hit[] hits)
    {
        var writer = new EventBatchWriter();
        var section = writer.Section(new SiteStamp { Name = "sample", Revision = 1, Timezone = "UTC", Policy = PolicyRevision });
        foreach (var hit in hits)
        {
            writer.Add(section, new EventRow
            {
                TimeMs = hit.At.ToUnixTimeMilliseconds(),
                Address = Value(hit.Address),
                Agent = Value(hit.Agent),
                Method = Value(hit.Method),
                Path = Value(hit.Path),
                Referrer = Value(hit.Referrer),
                Status = hit.Status,
                Bytes = (ulong)hit.Bytes,
            });
        }

        return writer.Finish();

        int Value(string text) => writer.Value(Encoding.UTF8.GetBytes(text));
    }

    private static PublishedDay Publish(DateOnly day, IReadOnlyList<Cell> cells)
    {
        var site = new SiteCells();
        foreach (var cell in cells)
        {
            if (cell.Table.Kind == TableKind.Site)
                site.AddSite(cell.Hour, cell.Counters);
            else if (cell.Table.Kind == TableKind.Technical)
                site.AddTechnical(cell.Table, cell.Label, cell.Counters);
        }

        var gain = new DayGain(site, site, Table.All.Where(table => table.HasSealedLabels).ToDictionary(table => table, table => Labelled(cells, table)), 1) { Visits = site.Total };
        var rows = DayRelease.Settle(new DayState { Day = day }, gain, ReleasePolicy.InForce).Rows;
        var pages = rows.Where(row => row.Table == Table.Page && row.Label != Labels.Other).ToList();
        var told = rows.Where(row => row.Table == Table.Site && row.Visitors is not null).ToList();
        return new PublishedDay(
            day, site.Total.PageViews, pages.Sum(row => row.PageViews ?? 0), told.Sum(row => row.PageViews ?? 0),
            site.Total.Visitors, told.Sum(row => row.Visitors ?? 0), pages.Count);
    }

    private static IReadOnlyDictionary<string, Counters> Labelled(IReadOnlyList<Cell> cells, Table table)
    {
        var labels = new Dictionary<string, Counters>(StringComparer.Ordinal);
        foreach (var cell in cells.Where(cell => cell.Table == table))
        {
            var sum = labels.GetValueOrDefault(cell.Label);
            sum.Add(cell.Counters);
            labels[cell.Label] = sum;
        }

        return labels;
    }
}
