using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A group of people by what they did, and the linear form whose value is its figure.</summary>
internal sealed record Group(string What, IReadOnlyCollection<Term> Terms, IEnumerable<int> People);

/// <summary>The groups of a tree that are asked for.</summary>
internal static class Groups
{
    public static IEnumerable<Group> Of(TreeSystem system, Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        foreach (var (after, through) in Spans(system.Cuts))
        {
            foreach (var figure in system.Figures.Where(figure => figure != Figure.Requests))
            {
                foreach (var label in system.Labels)
                {
                    yield return Sum(system, truth, tree, $"'{label}'", [label], figure, after, through);
                    if (figure == Figure.Views || !tree.ManyLabels)
                        yield return Sum(system, truth, tree, $"all but '{label}'", [.. system.Labels.Where(other => other != label)], figure, after, through);
                }

                yield return Sum(system, truth, tree, "every label", system.Labels, figure, after, through);
                foreach (var hidden in Hidden(system, tree, ofDay))
                    yield return Sum(system, truth, tree, "what is not named", hidden, figure, after, through);
            }
        }

        foreach (var complement in tree is { ManyLabels: true, Basis: Basis.Views } ? Complements(system, truth, tree, ofDay) : [])
            yield return complement;
    }

    private static Group Sum(TreeSystem system, Truth truth, Table tree, string what, IReadOnlyList<string> labels, Figure figure, long after, long through)
    {
        return new Group(
            $"{figure.Name} of {what} in blocks {after + 1} to {through}", [.. system.OfAll(labels, figure, after, through)],
            labels.SelectMany(label => truth.People(tree, label, figure, after, through)).Distinct());
    }

    // Between any two moments; of many moments, neighbours and those from the first or to the last.
    public static IEnumerable<(long After, long Through)> Spans(IReadOnlyList<long> cuts) =>
        from i in Enumerable.Range(0, cuts.Count)
        from j in Enumerable.Range(i + 1, cuts.Count - i - 1)
        where cuts.Count <= 7 || j == i + 1 || i == 0 || j == cuts.Count - 1
        select (cuts[i], cuts[j]);

    private static IEnumerable<IReadOnlyList<string>> Hidden(TreeSystem system, Table tree, IReadOnlyList<Told> ofDay) =>
        ofDay.Where(row => row.Table == tree).GroupBy(row => row.Through).Select(release => system.Labels.Except(release.Select(row => row.Label)).ToList()).Where(hidden => hidden.Count > 1);

    // The visitors of the site by some moment who are not of a label: the site's figure is told there.
    private static IEnumerable<Group> Complements(TreeSystem system, Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        foreach (var through in ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => row.Through).Distinct())
        {
            foreach (var label in system.Labels)
            {
                var others = truth.People(Table.Site, "", Figure.Visitors, 0, through).Except(truth.People(tree, label, Figure.Visitors, 0, through));
                yield return new Group($"visitors by block {through} who are not of '{label}'", [.. system.Of(label, Figure.Visitors, 0, through)], others);
            }
        }
    }
}
