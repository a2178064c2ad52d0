using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>How tables of visits go together: what each of them tells bounds the others.</summary>
internal static class VisitRelations
{
    /// <summary>The trees of visits, and the site's own table for who was new.</summary>
    public static IReadOnlyList<Table> Tables { get; } = [Table.Source, Table.Campaign, Table.Cohort, Table.EntryPage, Table.ExitPage, Table.Site];

    /// <summary>The rows that speak of visits, and of visitors.</summary>
    public static IReadOnlyList<Told> Of(IEnumerable<Told> ofDay) =>
        [.. ofDay.Where(row => Tables.Contains(row.Table) && (row.Table != Table.Site || row.Visits is not null || row.Visitors is not null))];

    /// <summary>
    /// A source is a campaign where there is one; a bounce is an entry and an exit of one page; who is new, or is not, has
    /// begun a visit of that cohort, which is known where nobody's went on over midnight or saw no page. Visitors are those who are new and
    /// those who are not.
    /// </summary>
    public static TreeSystem KnowVisits(this TreeSystem system, Truth truth, IReadOnlyList<Told> ofDay)
    {
        for (var i = 1; i < system.Cuts.Count; i++)
        {
            var (after, through) = (system.Cuts[i - 1], system.Cuts[i]);
            foreach (var figure in TreeSystem.FiguresOf(Table.Campaign))
                system.KnowWhereTrue([.. system.OfAll(Table.Campaign, Campaigns(system), figure, after, through), .. system.Of(Table.Source, Labels.Campaign, figure, after, through, -1)], 0, 0);
            foreach (var page in system.LabelsOf(Table.EntryPage).Union(system.LabelsOf(Table.ExitPage)))
                system.KnowWhereTrue([.. system.Of(Table.EntryPage, page, Figure.Bounces, after, through), .. system.Of(Table.ExitPage, page, Figure.Bounces, after, through, -1)], 0, 0);
            KnowNoMoreThanVisits(system, truth, Figure.New, [Labels.New], through);
            KnowNoMoreThanVisits(system, truth, Figure.Others, [.. system.LabelsOf(Table.Cohort).Where(label => label != Labels.New)], through);
        }

        foreach (var release in ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).GroupBy(row => (row.After, row.Through)))
        {
            var visitors = release.Sum(row => row.Visitors!.Value);
            system.KnowWhereTrue([.. TreeSystem.FiguresOf(Table.Site).SelectMany(figure => system.Of(Table.Site, "", figure, release.Key.After, release.Key.Through))], visitors, visitors);
        }

        return system;
    }

    /// <summary>Of a page no more visits began or ended, and bounced, than it was seen in the same blocks: a page that a whole tree does not name, never.</summary>
    public static TreeSystem KnowViews(this TreeSystem system, IEnumerable<Told> ofDay)
    {
        foreach (var release in ofDay.Where(row => row.Table == Table.Page).GroupBy(row => (row.After, row.Through)))
        {
            var views = release.ToDictionary(row => row.Label, row => row.PageViews!.Value);
            foreach (var (tree, page) in from tree in (Table[])[Table.EntryPage, Table.ExitPage] from page in system.LabelsOf(tree) select (tree, page))
                system.KnowWhereTrue([.. system.Of(tree, page, Figure.Visits, release.Key.After, release.Key.Through)], 0, views.GetValueOrDefault(page, views.GetValueOrDefault(Labels.Other)));
        }

        return system;
    }

    /// <summary>Those that are any.</summary>
    public static IEnumerable<string> Campaigns(TreeSystem system) => system.LabelsOf(Table.Campaign).Where(label => label != Labels.None);

    private static void KnowNoMoreThanVisits(TreeSystem system, Truth truth, Figure visitors, IReadOnlyList<string> cohorts, long through)
    {
        if (truth.People(Table.Site, "", visitors, 0, through).Except(cohorts.SelectMany(label => truth.People(Table.Cohort, label, Figure.Visits, 0, through))).Any())
            return;
        system.KnowWhereTrue([.. system.OfAll(Table.Cohort, cohorts, Figure.Visits, 0, through), .. system.Of(Table.Site, "", visitors, 0, through, -1)], 0, double.PositiveInfinity);
    }
}
