using System.Text;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>A site's day as pending has it, with labels opened: what was counted, and what was folded again.</summary>
/// <param name="Counted">Null where labels of counted cells no longer open.</param>
internal sealed record DayCells(Dictionary<CellPlace, Counters>? Counted, Dictionary<CellPlace, Counters> Rebuilt);

/// <summary>Reads cells of pending for the comparison, a day at a time. Not thread-safe.</summary>
internal sealed class CellReader(ClickHouseStore store, KeyStore keys) : IDisposable
{
    private const int EpochDayNumber = 719_162; // DateOnly(1970, 1, 1).DayNumber
    private const int FirstCounter = 5;

    private static readonly Dictionary<int, Table> Tables = Table.All.ToDictionary(table => (int)table.Id);

    private static readonly string Sql =
        $$"""
        SELECT toInt64(attempt), toInt32(log_day), toInt32(`table`), toInt32(hour), base64Encode(label), {{string.Join(", ", Counters.Columns.Select(column => $"toInt64({column})"))}}
        FROM pending
        WHERE site = {site:String} AND day = {day:Date} AND generation IN (0, {generation:UInt32}) AND `table` IN ({{string.Join(", ", Table.All.Select(table => table.Id))}})
        """;

    private readonly LabelSeal _labels = new(keys);

    private sealed record Row(long Attempt, DateOnly LogDay, Table Table, byte Hour, string Label, Counters Counters);

    /// <summary>The cells of a day that these attempts inserted.</summary>
    public async Task<DayCells> ReadAsync(string site, DateOnly day, int generation, IReadOnlySet<long> counted, IReadOnlySet<long> rebuilt, CancellationToken cancellation)
    {
        var cells = new DayCells([], []);
        await foreach (var row in store.QueryAsync(Sql, ReadRow, cancellation, ("site", site), ("day", day), ("generation", (uint)generation)))
        {
            var isCounted = counted.Contains(row.Attempt);
            if (!isCounted && !rebuilt.Contains(row.Attempt))
                continue;
            var label = row.Table.HasSealedLabels ? _labels.Open(row.LogDay, row.Label, LabelSeal.Bound(site, day, row.Table.Id)) : Encoding.UTF8.GetString(Convert.FromBase64String(row.Label));
            if (label is null && isCounted)
                cells = cells with { Counted = null };
            else if ((isCounted ? cells.Counted : cells.Rebuilt) is { } sums)
                Add(sums, new CellPlace(row.Table, row.Hour, label ?? Labels.Other), row.Counters);
        }

        return cells;
    }

    public void Dispose() => _labels.Dispose();

    private static void Add(Dictionary<CellPlace, Counters> sums, CellPlace place, in Counters counters)
    {
        var sum = sums.GetValueOrDefault(place);
        sum.Add(counters);
        sums[place] = sum;
    }

    private static Row ReadRow(System.Data.Common.DbDataReader reader)
    {
        var counters = default(Counters);
        for (var i = 0; i < Counters.Columns.Length; i++)
            counters.Values[i] = reader.GetInt64(FirstCounter + i);
        return new Row(reader.GetInt64(0), DateOnly.FromDayNumber(reader.GetInt32(1) + EpochDayNumber), Tables[reader.GetInt32(2)], (byte)reader.GetInt32(3), reader.GetString(4), counters);
    }
}
