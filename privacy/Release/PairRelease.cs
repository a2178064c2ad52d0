using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// A pair tells page views of cells with at least k vouching viewers, rounded. Its rows and columns have totals that are
/// published elsewhere, exactly: so each that is told at all has several named cells, whose roundings add up, and what
/// it leaves unnamed is nothing or of at least k.
/// </summary>
internal static class PairRelease
{
    private sealed record Cell(string Label, string First, string Second, Counters Counters);

    /// <summary>The rows to publish, possibly none.</summary>
    /// <param name="areNamed">Whether both labels of a cell are named in their trees.</param>
    internal static IReadOnlyList<PublishedRow> Decide(
        DateOnly day, Table pair, IReadOnlyDictionary<string, Counters> gain, Func<string, string, bool> areNamed, ReleasePolicy policy)
    {
        Cell[] cells = [.. gain.Where(cell => cell.Value.PageViews > 0).OrderBy(cell => cell.Key, StringComparer.Ordinal).Select(Split)];
        var named = cells.Where(cell => areNamed(cell.First, cell.Second) && Sufficing.Views(cell.Counters, policy)).Select(cell => cell.Label).ToHashSet(StringComparer.Ordinal);
        IGrouping<string, Cell>[] lines = [.. cells.GroupBy(cell => cell.First), .. cells.GroupBy(cell => cell.Second)];
        // Silence in a row can make a column too short, and the other way round.
        bool silenced;
        do
        {
            silenced = false;
            foreach (var line in lines)
                silenced |= Silence(line, named, policy);
        }
        while (silenced);

        return [.. from cell in cells where named.Contains(cell.Label) select new PublishedRow(day, pair, cell.Label) { PageViews = policy.Round(cell.Counters.PageViews) }];
    }

    // Whether something of the row or column was taken back.
    private static bool Silence(IEnumerable<Cell> line, HashSet<string> named, ReleasePolicy policy)
    {
        var told = line.Where(cell => named.Contains(cell.Label)).ToList();
        if (told.Count == 0)
            return false;
        if (told.Count < policy.LeastNamed)
        {
            named.ExceptWith(told.Select(cell => cell.Label));
            return true;
        }

        var silent = line.Where(cell => !named.Contains(cell.Label)).ToList();
        if (silent.Count == 0 || silent.Exists(cell => cell.Counters.VouchedViewers >= policy.K) || silent.Sum(cell => cell.Counters.VouchedEntered) >= policy.K)
            return false;
        return named.Remove(told.MinBy(cell => cell.Counters.VouchedViewers)!.Label);
    }

    private static Cell Split(KeyValuePair<string, Counters> cell)
    {
        var (first, second) = Labels.SplitPair(cell.Key);
        return new Cell(cell.Key, first, second, cell.Value);
    }
}
