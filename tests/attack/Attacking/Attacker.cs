using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A group of too few people that something is told of.</summary>
public sealed record Isolated(DateOnly Day, Table Table, string What, int People)
{
    public override string ToString() => $"{Day:yyyy-MM-dd} {Table.Dimension}: {What} is told, of {People} people";
}

/// <summary>
/// Looks for groups that are isolated. A group is a set of contributions that can be described beforehand by table,
/// labels and moments: a label's figure between two moments, several labels' (a rest, a complement), the people of the
/// site who are not of a label. It is isolated when at least one and fewer than k people are behind it, and its figure
/// is told: a linear combination of answers, or the bounds that all answers together leave, leave one integer for it.
/// Page views and visitors are figures of people; requests, bytes and errors are technical counts, which the attacker
/// uses, and of which it is held only that they move with enough people while a day is open.
/// </summary>
/// <remarks>
/// Where the attacker itself made visitors, of one network, it knows what they did; then real people count, and k is
/// less by those who vouch for that network: two in each partition.
/// </remarks>
public sealed class Attacker(World world, Answers answers)
{
    private const int K = 11;
    private readonly int _k = world.HasFakes ? K - (2 * Person.Partitions) : K;

    /// <summary>Every group that is found, lazily.</summary>
    public IEnumerable<Isolated> Isolate() => world.Days.SelectMany(day => OfDay(day.Day).Concat(TableInversion.Isolate(world, day, answers)));

    private IEnumerable<Isolated> OfRows(Truth truth, List<Told> rows) => rows.SelectMany(row => OfRow(truth, row, rows));

    private IEnumerable<Isolated> OfDay(DateOnly day)
    {
        var truth = new Truth(world, day);
        var rows = answers.Rows.Where(row => row.Day == day).ToList();
        var trees = Table.All.Where(table => table is { Kind: TableKind.Tree, Basis: not Basis.Visits } && rows.Exists(row => row.Table == table));
        return OfRows(truth, rows)
            .Concat(answers.Bands.Where(band => band.Day == day).SelectMany(band => OfBand(truth, band)))
            .Concat(OfBands(truth, rows))
            .Concat(trees.SelectMany(tree => OfTree(truth, tree, rows)))
            .Concat(OfVisits(truth, rows))
            .Concat(OfPages(truth, rows))
            .Concat(OfSilence(truth, rows))
            .Concat(world.HasFakes ? [] : rows.SelectMany(row => OfLargest(truth, row)));
    }

    // Who made the second largest part of a sum takes it away and has the largest within a tenth.
    private static IEnumerable<Isolated> OfLargest(Truth truth, Told row)
    {
        if (row.Label == Labels.Other || row.Table.Kind == TableKind.Pair)
            yield break;
        foreach (var (figure, _) in new[] { (Figure.Views, row.PageViews), (Figure.Seconds, row.VisitSeconds), (Figure.StaySeconds, row.StaySeconds) }.Where(sum => sum.Item2 is > 0))
        {
            var parts = truth.Parts(row.Table, row.Label, figure, row.After, row.Through, row.HourFrom, row.Table == Table.Site ? row.HourTo : 0).OrderDescending().ToList();
            if (parts.Skip(2).Sum() * 10 < parts[0])
                yield return new Isolated(row.Day, row.Table, $"the largest part of the {figure.Name} of '{row.Label}'", 1);
        }
    }

    // Where a tree of pages is told with entries, exits, pairs or time on pages of the same blocks.
    private IEnumerable<Isolated> OfPages(Truth truth, List<Told> ofDay)
    {
        foreach (var (after, through) in ofDay.Where(row => row.Table == Table.Page).Select(row => (row.After, row.Through)).Distinct())
        {
            if (!ofDay.Exists(row => row.After == after && row.Through == through && (row.Table.IsInTens || row.Table.Kind == TableKind.Pair || row.Stays is not null)))
                continue;
            using var system = new PageSystem(truth, answers.Build, ofDay, after, through).KnowRows().KnowLater(ofDay).KnowBands([.. answers.Bands.Where(band => band.Day == ofDay[0].Day)]).KnowCounting();
            foreach (var group in system.Groups(K))
            {
                if (IsFew(group.People, out var count) && system.Tells(group))
                    yield return new Isolated(ofDay[0].Day, Table.Page, group.What, count);
            }
        }
    }

    private IEnumerable<Isolated> OfSilence(Truth truth, List<Told> ofDay)
    {
        foreach (var group in new RuleInversion(world, truth, answers, ofDay).Groups())
        {
            if (IsFew(group.People, out var count))
                yield return new Isolated(ofDay[0].Day, Table.PageDevice, group.What, count);
        }
    }

    // What a row says by itself.
    private IEnumerable<Isolated> OfRow(Truth truth, Told row, List<Told> ofDay)
    {
        if (row.Table.Kind == TableKind.Pair && Labels.SplitPair(row.Label) is var (first, second) && (first == world.NamesSomebody || second == world.NamesSomebody))
            yield return new Isolated(row.Day, row.Table, $"page views of '{world.NamesSomebody}', which names somebody, by '{row.Label}'", 1);
        if (row.Table.Kind == TableKind.Technical)
        {
            if (row.Moment == Moment.Step && IsFew(truth.People(Table.Site, "", Figure.Requests, row.After, row.Through), out var moving))
                yield return new Isolated(row.Day, row.Table, "that requests came in between", moving);
            yield break;
        }

        var labels = row.Label != Labels.Other ? [row.Label] : truth.LabelsOf(row.Table).Except(ofDay.Where(r => r.Table == row.Table && r.After == row.After).Select(r => r.Label));
        foreach (var (figure, value) in OfRow(row))
        {
            var people = labels.SelectMany(label => truth.People(row.Table, label, figure, row.After, row.Through, row.HourFrom, row.Table == Table.Site ? row.HourTo : 0)).Distinct();
            if (value is not null && IsFew(people, out var count))
                yield return new Isolated(row.Day, row.Table, $"{figure.Name} of the row '{row.Label}'", count);
        }
    }

    // Visits minus bounces are told with them, and so are those who have been here before with the new ones.
    private static IEnumerable<(Figure Figure, long? Value)> OfRow(Told row) =>
    [
        (Figure.Views, row.PageViews), (Figure.Visitors, row.Visitors), (Figure.Visits, row.Visits),
        (Figure.Bounces, row.Bounces), (Figure.Further, row.Bounces), (Figure.New, row.NewVisitors),
    ];

    // What is withheld, from the band and the figure beside it. Of a pair it is what is not named, which others add up to.
    private IEnumerable<Isolated> OfBand(Truth truth, BandTold told)
    {
        if (told.Table.Kind == TableKind.Pair)
            yield break;
        foreach (var figure in told.Table == Table.Site ? new[] { Figure.Views, Figure.Visitors } : [Figure.By(told.Table)])
        {
            var people = truth.LabelsOf(told.Table).SelectMany(label => truth.People(told.Table, label, figure, told.After, told.Through));
            if (IsFew(people, out var count) && BandInversion.Leaves(told, figure).Count == 1)
                yield return new Isolated(told.Day, told.Table, $"{figure.Name} withheld", count);
        }
    }

    // All bands of the site together, and its rows.
    private IEnumerable<Isolated> OfBands(Truth truth, List<Told> ofDay)
    {
        if (ofDay.Count == 0 || !world.EveryRequestIsAView)
            yield break;
        using var system = new OpenDaySystem(truth, ofDay, [.. answers.Bands.Where(band => band.Day == ofDay[0].Day && band.Table == Table.Site)]);
        foreach (var group in system.Groups())
        {
            if (IsFew(group.People, out var count) && system.Tells(group))
                yield return new Isolated(ofDay[0].Day, Table.Site, group.What, count);
        }
    }

    private IEnumerable<Isolated> OfTree(Truth truth, Table tree, List<Told> ofDay)
    {
        var plan = world.Days.First(plan => plan.Day == ofDay[0].Day);
        List<long> silent = world.EverybodyVouches ? [.. plan.Settles.Where(through => through < ofDay.Max(row => row.Through))] : [];
        using var system = Known(truth, [tree], ofDay, silent);
        if (world.EverybodyVouches)
        {
            system.KnowThreshold(K);
            system.KnowSilence(K, ofDay, silent);
        }

        foreach (var isolated in OfSystem(system, truth, tree, ofDay))
            yield return isolated;
    }

    // All tables of visits in one system.
    private IEnumerable<Isolated> OfVisits(Truth truth, List<Told> ofDay)
    {
        if (!ofDay.Exists(row => row.Visits is not null))
            yield break;
        var told = VisitRelations.Of(ofDay);
        using var system = Known(truth, VisitRelations.Tables, told, []).KnowVisits(truth, told).KnowViews(ofDay);
        foreach (var isolated in VisitRelations.Tables.SelectMany(table => OfSystem(system, truth, table, told)))
            yield return isolated;
    }

    private TreeSystem Known(Truth truth, IReadOnlyList<Table> tables, IReadOnlyList<Told> ofDay, IReadOnlyCollection<long> silent) =>
        new TreeSystem(truth, tables, ofDay, silent).KnowRows(answers.Build).KnowTotals(ofDay).KnowBands([.. answers.Bands.Where(band => band.Day == ofDay[0].Day)]).KnowCounting();

    private IEnumerable<Isolated> OfSystem(TreeSystem system, Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        foreach (var group in Groups.Of(system, truth, tree, ofDay))
        {
            if (IsFew(group.People, out var count) && system.Tells(group))
                yield return new Isolated(ofDay[0].Day, tree, group.What, count);
        }

        foreach (var what in OfNamed(system, truth, tree))
            yield return new Isolated(ofDay[0].Day, tree, what, 1);
    }

    // A label that names somebody is of them, however many have seen it.
    private IEnumerable<string> OfNamed(TreeSystem system, Truth truth, Table tree)
    {
        if (world.NamesSomebody is not { } label || !system.LabelsOf(tree).Contains(label))
            yield break;
        foreach (var (figure, (after, through)) in from figure in TreeSystem.FiguresOf(tree) from span in Groups.Spans(system.Cuts) select (figure, span))
        {
            var own = truth.Own(tree, label, figure, after, through);
            if (truth.Sum(tree, label, figure, after, through) > own && system.Tells(new Group("", [.. system.Of(tree, label, figure, after, through)], [], IsAmount: figure == Figure.Seconds, own)))
                yield return $"{figure.Name} of '{label}', which names somebody, in blocks {after + 1} to {through}";
        }
    }

    private bool IsFew(IEnumerable<int> people, out int count) => (count = people.Distinct().Count()) is > 0 && count < _k;
}
