using System.Collections.Immutable;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>A cell of a day by name; the hour is 0 outside the site's own table.</summary>
public readonly record struct CellKey(DateOnly Day, Table Table, byte Hour, string Label)
{
    public static CellKey Of(Cell cell) => new(cell.Day, cell.Table, cell.Hour, cell.Label);
}

/// <summary>What one person adds to a cell in one block.</summary>
public readonly record struct Share(int Person, CellKey Cell, Counters Counters);

/// <summary>A block as the fold counts it, and who is behind every number of it.</summary>
/// <param name="Seq">Its place in the order of the commits, from 1.</param>
public sealed record CountedBlock(long Seq, IReadOnlyList<Cell> Cells, IReadOnlyList<Share> Shares)
{
    public int Partition { get; init; }

    /// <summary>The days that it adds to; one twice where its state ended in it and began again.</summary>
    public IReadOnlyList<TouchedDay> Days { get; init; } = [];

    private static readonly ImmutableArray<bool> Separable = [.. Counters.Columns.Select(column => !column.StartsWith("vouched", StringComparison.Ordinal))];

    /// <summary>
    /// The cells in which the persons' shares do not come to what the fold of all of them counts. Every counter but those
    /// of vouching is a sum over visitors, so that there is none; else the truth below the attack would be another one
    /// than the product's.
    /// </summary>
    public IEnumerable<CellKey> Torn()
    {
        var sums = Shares.GroupBy(share => share.Cell).ToDictionary(cell => cell.Key, cell => cell.Aggregate(default(Counters), (sum, share) => { sum.Add(share.Counters); return sum; }));
        return Cells.Where(cell => !Equal(cell.Counters, sums.GetValueOrDefault(CellKey.Of(cell)))).Select(CellKey.Of).Concat(sums.Keys.Except(Cells.Select(CellKey.Of)));
    }

    private static bool Equal(Counters all, Counters sum)
    {
        for (var i = 0; i < Separable.Length; i++)
        {
            if (Separable[i] && all.Values[i] != sum.Values[i])
                return false;
        }

        return true;
    }
}
