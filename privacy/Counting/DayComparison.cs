using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>A cell's place on a site's day.</summary>
/// <param name="Label">In clear; empty in the site's own table.</param>
public readonly record struct CellPlace(Table Table, byte Hour, string Label);

/// <summary>How a rebuilt table stands to what was counted.</summary>
public enum Compared
{
    /// <summary>Every counter of every cell is equal.</summary>
    Equal,
    /// <summary>Something is higher and nothing lower.</summary>
    Higher,
    /// <summary>A counter of a cell is lower.</summary>
    Lower,
}

/// <summary>What a comparison found.</summary>
/// <param name="Tables">Every table that has cells in either.</param>
/// <param name="Additions">What to add, so that the tables that may move are as they were rebuilt.</param>
public sealed record DayDifference(IReadOnlyDictionary<Table, Compared> Tables, IReadOnlyList<Cell> Additions);

/// <summary>
/// Holds a site's day as it was folded again against what was counted of it (docs/adr/0003). Pure. A table moves only
/// where nothing of it is lower, and what tells of people moves together or not at all: else the site's total and a tree
/// would come to differ by what one of them was added, of however few.
/// </summary>
public static class DayComparison
{
    /// <summary>Compares all cells of a day. Both hold sums of what blocks added.</summary>
    public static DayDifference Compare(string site, DateOnly day, IReadOnlyDictionary<CellPlace, Counters> counted, IReadOnlyDictionary<CellPlace, Counters> rebuilt)
    {
        var tables = new Dictionary<Table, Compared>();
        var gains = new List<Cell>();
        foreach (var place in counted.Keys.Union(rebuilt.Keys).OrderBy(place => place.Table.Id).ThenBy(place => place.Hour).ThenBy(place => place.Label, StringComparer.Ordinal))
        {
            var (outcome, gain) = Subtract(rebuilt.GetValueOrDefault(place), counted.GetValueOrDefault(place));
            tables[place.Table] = outcome > tables.GetValueOrDefault(place.Table) ? outcome : tables.GetValueOrDefault(place.Table);
            if (outcome == Compared.Higher)
                gains.Add(new Cell(site, day, place.Table, place.Hour, place.Label, gain));
        }

        var moves = tables.GetValueOrDefault(Table.Site) == Compared.Higher && !tables.Any(table => table.Key.HasSealedLabels && table.Value == Compared.Lower);
        return new DayDifference(tables, moves ? [.. gains.Where(cell => tables[cell.Table] == Compared.Higher)] : []);
    }

    private static (Compared Outcome, Counters Gain) Subtract(Counters rebuilt, Counters counted)
    {
        var (outcome, gain) = (Compared.Equal, default(Counters));
        for (var i = 0; i < gain.Values.Length; i++)
        {
            gain.Values[i] = rebuilt.Values[i] - counted.Values[i];
            if (gain.Values[i] < 0)
                return (Compared.Lower, default);
            if (gain.Values[i] > 0)
                outcome = Compared.Higher;
        }

        return (outcome, gain);
    }
}
