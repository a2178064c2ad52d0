using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// Looks at what is told of a day before and after it was rebuilt, and after it was late: who is behind each row that was
/// added, and behind what the rows of a tree have more, or less, than the site's own of the same blocks. Which table a
/// rebuild moves is not told, so that nothing follows from a tree that has no rows.
/// </summary>
public sealed class RebuildAttacker(World world, Answers answers)
{
    private const int K = 11;

    /// <summary>Every group that is found, lazily.</summary>
    public IEnumerable<Isolated> Isolate() => new Attacker(world, answers).IsolateByRows().Concat(world.Days.SelectMany(day => OfDay(new Truth(world, day.Day), [.. answers.Rows.Where(row => row.Day == day.Day)])));

    private static IEnumerable<Isolated> OfDay(Truth truth, IReadOnlyList<Told> rows)
    {
        foreach (var release in rows.Where(row => row.Table.Kind == TableKind.Tree && row.Moment == Moment.Late).GroupBy(row => (row.Table, row.After, row.Through)))
        {
            var (table, after, through) = release.Key;
            foreach (var figure in Figures(table))
            {
                var site = rows.Where(row => row.Table == Table.Site && row.After == after && row.Through == through).Select(row => Value(row, figure)).Where(value => value is not null).ToList();
                var people = Differing(truth, table, figure, after, through).Count();
                if (site.Count > 0 && site.Sum() != release.Sum(row => Value(row, figure)) && people is > 0 and < K)
                    yield return new Isolated(release.First().Day, table, $"{figure.Name} that the tree has and the site has not, in blocks {after + 1} to {through},", people);
            }
        }
    }

    // Entries and exits are told in tens.
    private static IEnumerable<Figure> Figures(Table table) => table switch
    {
        { IsInTens: true } => [],
        { Basis: Basis.Visits } => [Figure.Visits],
        { ManyLabels: true } => [Figure.Views],
        _ => [Figure.Views, Figure.Visitors],
    };

    private static long? Value(Told row, Figure figure) => figure == Figure.Views ? row.PageViews : figure == Figure.Visitors ? row.Visitors : row.Visits;

    private static IEnumerable<int> Differing(Truth truth, Table table, Figure figure, long after, long through)
    {
        var site = truth.Shares(Table.Site, figure, after, through);
        var tree = truth.Shares(table, figure, after, through);
        return site.Keys.Union(tree.Keys).Where(person => site.GetValueOrDefault(person) != tree.GetValueOrDefault(person));
    }
}
