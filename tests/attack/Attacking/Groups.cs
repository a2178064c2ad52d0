using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A group of people by what they did, and the linear form whose value is its figure.</summary>
/// <param name="IsAmount">Whether that is a sum of seconds, which is told where it is known within a tenth.</param>
/// <param name="Own">What of an amount is the attacker's own.</param>
internal sealed record Group(string What, IReadOnlyCollection<Term> Terms, IEnumerable<int> People, bool IsAmount = false, long Own = 0);

/// <summary>The groups of a tree that are asked for.</summary>
internal static class Groups
{
    public static IEnumerable<Group> Of(TreeSystem system, Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        var labels = system.LabelsOf(tree);
        List<(string What, IReadOnlyList<string> Labels)> several = [("every label", labels), .. Hidden(system, tree, ofDay), .. Silent(system, tree, ofDay)];
        foreach (var (after, through) in Spans(system.Cuts))
        {
            foreach (var figure in Asked(tree))
            {
                foreach (var label in labels)
                {
                    yield return Sum(system, truth, tree, $"'{label}'", [label], figure, after, through);
                    if (figure != Figure.Visitors || !tree.ManyLabels)
                        yield return Sum(system, truth, tree, $"all but '{label}'", [.. labels.Where(other => other != label)], figure, after, through);
                }

                foreach (var (what, some) in several)
                    yield return Sum(system, truth, tree, what, some, figure, after, through);
            }
        }

        foreach (var complement in tree is { ManyLabels: true, Basis: Basis.Views } ? Complements(system, truth, tree, ofDay) : [])
            yield return complement;
        foreach (var (figure, apart, after, through) in system.ApartOf(tree))
            yield return new Group($"{figure.Name} that the site or the tree has beyond the other, in blocks {after + 1} to {through},", [apart], truth.Differing(tree, figure, after, through), IsAmount: figure == Figure.Seconds);
    }

    // Visits minus bounces are those that went on.
    private static IEnumerable<Figure> Asked(Table tree) =>
        TreeSystem.FiguresOf(tree).Where(figure => figure != Figure.Requests).Concat(tree.Basis == Basis.Visits ? [Figure.Further] : []);

    private static Group Sum(TreeSystem system, Truth truth, Table tree, string what, IReadOnlyList<string> labels, Figure figure, long after, long through)
    {
        return new Group(
            $"{figure.Name} of {what} in blocks {after + 1} to {through}", [.. system.OfAll(tree, labels, figure, after, through)],
            labels.SelectMany(label => truth.People(tree, label, Figure.Behind(figure), after, through)).Distinct(), IsAmount: figure == Figure.Seconds,
            Own: labels.Sum(label => truth.Own(tree, label, figure, after, through)));
    }

    // Between any two moments; of many moments, neighbours and those from the first or to the last.
    public static IEnumerable<(long After, long Through)> Spans(IReadOnlyList<long> cuts) =>
        from i in Enumerable.Range(0, cuts.Count)
        from j in Enumerable.Range(i + 1, cuts.Count - i - 1)
        where cuts.Count <= 7 || j == i + 1 || i == 0 || j == cuts.Count - 1
        select (cuts[i], cuts[j]);

    // Of campaigns also without the visits of none.
    private static IEnumerable<(string, IReadOnlyList<string>)> Hidden(TreeSystem system, Table tree, IReadOnlyList<Told> ofDay)
    {
        foreach (var release in ofDay.Where(row => row.Table == tree).GroupBy(row => row.Through))
        {
            var hidden = system.LabelsOf(tree).Except(release.Select(row => row.Label)).ToList();
            if (hidden.Count > 1)
                yield return ("what is not named", hidden);
            if (tree == Table.Campaign && hidden.Remove(Labels.None) && hidden.Count > 1)
                yield return ("campaigns that are not named", hidden);
        }
    }

    // What the site's bounces and seconds have beyond those that a tree tells.
    private static IEnumerable<(string, IReadOnlyList<string>)> Silent(TreeSystem system, Table tree, IReadOnlyList<Told> ofDay) =>
        from release in ofDay.Where(row => row.Table == tree).GroupBy(row => row.Through)
        from figure in new[] { Figure.Bounces, Figure.Seconds }
        let telling = release.Where(row => (figure == Figure.Bounces ? row.Bounces : row.VisitSeconds) is not null).Select(row => row.Label).ToList()
        where telling.Count > 0
        select ($"what tells no {figure.Name}", (IReadOnlyList<string>)[.. system.LabelsOf(tree).Except(telling)]);

    // The visitors of the site by some moment who are not of a label: the site's figure is told there.
    private static IEnumerable<Group> Complements(TreeSystem system, Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        foreach (var through in ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => row.Through).Distinct())
        {
            foreach (var label in system.LabelsOf(tree))
            {
                var others = truth.People(Table.Site, "", Figure.Visitors, 0, through).Except(truth.People(tree, label, Figure.Visitors, 0, through));
                yield return new Group($"visitors by block {through} who are not of '{label}'", [.. system.Of(tree, label, Figure.Visitors, 0, through)], others);
            }
        }
    }
}
