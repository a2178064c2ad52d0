using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Publishing;

/// <summary>Reads pending cells of done blocks. Rows come in the order of the table's key, a day at a time, so that memory is that of one day.</summary>
internal sealed class PendingReader(ClickHouseStore store, SiteWorkReader work, KeyStore keys, ILogger logger)
{
    private const int EpochDayNumber = 719_162; // DateOnly(1970, 1, 1).DayNumber

    private static readonly Table?[] TablesById = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(id => Table.All.FirstOrDefault(t => t.Id == id))];
    private static readonly string Sealed = Ids(Table.All.Where(t => t.HasSealedLabels));
    private static readonly string Open = Ids(Table.All.Where(t => !t.HasSealedLabels));
    private static readonly string Figures = string.Join(", ", Counters.Columns.Select(column => $"toInt64({column})"));
    private const int FirstFigure = 6;

    private sealed record Row(long Attempt, DateOnly LogDay, DateOnly Day, Table? Table, int Hour, string Label, Counters Counters);

    /// <summary>The cells outside trees that each block after <paramref name="after"/> adds to a day, in the order of the commits.</summary>
    public async Task<List<(long Seq, SiteCells Cells)>> StepsAsync(string site, DateOnly day, long after, long through, CancellationToken cancellation)
    {
        var blocks = await work.BlocksAsync(site, day, day, after, through, cancellation);
        var cells = blocks.ToDictionary(block => block.Attempt, _ => new SiteCells());
        await foreach (var row in RowsAsync(site, day, day, blocks, trees: false, cancellation))
        {
            if (cells.TryGetValue(row.Attempt, out var ofBlock))
                Add(ofBlock, row);
        }

        return [.. blocks.Select(block => (block.Seq, cells[block.Attempt]))];
    }

    /// <summary>What each of the days, in their order, has beyond what is published of it.</summary>
    /// <param name="days">In rising order, not empty.</param>
    public async IAsyncEnumerable<(DayState Day, DayGain Gain)> GainsAsync(
        string site, IReadOnlyList<DayState> days, long through, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var blocks = await work.BlocksAsync(site, days[0].Day, days[^1].Day, days.Min(LeastCovered), through, cancellation);
        var seqs = blocks.ToDictionary(block => block.Attempt, block => block.Seq);
        using var labels = new LabelSeal(keys);
        var unreadable = 0;
        await using var rows = RowsAsync(site, days[0].Day, days[^1].Day, blocks, trees: true, cancellation).GetAsyncEnumerator(cancellation);
        var more = await rows.MoveNextAsync();
        foreach (var day in days)
        {
            var gathered = new GainGathering(day, site, labels);
            for (; more && rows.Current.Day <= day.Day; more = await rows.MoveNextAsync())
            {
                if (rows.Current.Day == day.Day && rows.Current.Table is { } table && seqs.TryGetValue(rows.Current.Attempt, out var seq))
                    gathered.Add(rows.Current, table, seq);
            }

            unreadable += gathered.Unreadable;
            yield return (day, gathered.Gain(through));
        }

        if (unreadable > 0)
            PublisherLog.LabelsUnreadable(logger, site, unreadable);
    }

    private static long LeastCovered(DayState day) =>
        Table.All.Where(t => t.Kind == TableKind.Tree).Select(day.TreeCovered).Concat([day.SiteCovered, day.TechnicalCovered, day.VisitsCovered]).Min();

    private IAsyncEnumerable<Row> RowsAsync(string site, DateOnly from, DateOnly to, List<DoneBlock> blocks, bool trees, CancellationToken cancellation)
    {
        if (blocks.Count == 0)
            return AsyncEnumerable.Empty<Row>();

        var tables = trees ? $"{Open}, {Sealed}" : Open;

        // In the order of the table's key and in small blocks, so that the engine's memory is not that of all the days.
        // Attempts that are not of these blocks, not done or of other days, are left out by the caller, who knows each.
        var sql =
            $$"""
            SELECT toInt64(attempt), toInt32(log_day), toInt32(day), toInt32(`table`), toInt32(hour),
                if(`table` IN ({{Sealed}}), base64Encode(label), label),
                {{Figures}}
            FROM pending
            WHERE site = {site:String} AND day BETWEEN {from:Date} AND {to:Date} AND `table` IN ({{tables}})
                AND log_day BETWEEN {firstLogDay:Date} AND {lastLogDay:Date} AND attempt BETWEEN {first:UInt64} AND {last:UInt64}
            ORDER BY day
            SETTINGS max_threads = 1, max_block_size = 4096
            """;
        return store.QueryAsync(
            sql,
            row => new Row(
                row.GetInt64(0), Day(row.GetInt32(1)), Day(row.GetInt32(2)), TablesById[row.GetInt32(3)], row.GetInt32(4), row.GetString(5),
                CountersOf(row)),
            cancellation,
            ("site", site), ("from", from), ("to", to),
            ("firstLogDay", blocks.Min(b => b.LogDay)), ("lastLogDay", blocks.Max(b => b.LogDay)),
            ("first", (ulong)blocks.Min(b => b.Attempt)), ("last", (ulong)blocks.Max(b => b.Attempt)));
    }

    private static Counters CountersOf(DbDataReader row)
    {
        var counters = default(Counters);
        var values = counters.Values;
        for (var i = 0; i < values.Length; i++)
            values[i] = row.GetInt64(FirstFigure + i);
        return counters;
    }

    private static string Ids(IEnumerable<Table> tables) => string.Join(", ", tables.Select(t => t.Id));

    private static DateOnly Day(int sinceEpoch) => DateOnly.FromDayNumber(sinceEpoch + EpochDayNumber);

    private static void Add(SiteCells cells, Row row)
    {
        if (row.Table is { Kind: TableKind.Site })
            cells.AddSite(row.Hour, row.Counters);
        else if (row.Table is { Kind: TableKind.Technical } technical)
            cells.AddTechnical(technical, row.Label, row.Counters);
    }

    private sealed class GainGathering(DayState day, string site, LabelSeal labels)
    {
        private readonly SiteCells _people = new();
        private readonly SiteCells _technical = new();
        private readonly Dictionary<Table, Dictionary<string, Counters>> _trees =
            Table.All.Where(t => t.Kind == TableKind.Tree || (t.Kind == TableKind.Pair && !day.Closed))
                .ToDictionary(t => t, _ => new Dictionary<string, Counters>(StringComparer.Ordinal));
        private readonly Dictionary<Table, byte[]> _bound = [];
        private Counters _visits;

        public int Unreadable { get; private set; }

        public void Add(Row row, Table table, long seq)
        {
            if (table.HasSealedLabels)
            {
                if (seq > day.TreeCovered(table) && _trees.TryGetValue(table, out var cells))
                    AddTo(cells, row, table);
                return;
            }

            if (seq > day.TechnicalCovered)
                PendingReader.Add(_technical, row);
            if (table.Kind != TableKind.Site)
                return;
            if (seq > day.SiteCovered)
                _people.AddSite(row.Hour, row.Counters);
            if (seq > day.VisitsCovered)
                _visits.Add(row.Counters);
        }

        public DayGain Gain(long through) =>
            new(_people, _technical, _trees.ToDictionary(t => t.Key, t => (IReadOnlyDictionary<string, Counters>)t.Value), through) { Visits = _visits };

        private void AddTo(Dictionary<string, Counters> cells, Row row, Table table)
        {
            if (!_bound.TryGetValue(table, out var bound))
                _bound[table] = bound = LabelSeal.Bound(site, day.Day, table.Id);
            var label = labels.Open(row.LogDay, row.Label, bound);
            if (label is null)
                Unreadable++;

            // What cannot be named counts all the same: the rest is never named, and the table stays whole.
            ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(cells, label ?? Labels.Other, out _);
            cell.Add(row.Counters);
        }
    }
}
