using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>What must hold of figures of visits, of stays and of pairs, told by people instead of counters.</summary>
public static class VisitInvariants
{
    private const int K = 11;
    private const int MostOfCapped = 2;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IEnumerable<string> Violations(VisitWorld world, IReadOnlyList<Publication> publications)
    {
        foreach (var publication in publications)
        {
            var visits = new Told(world, publication.Before.VisitsCovered, publication.After.VisitsCovered);
            foreach (var row in publication.Rows)
            {
                if (row.Label.Split('\n').Contains(VisitPublishing.Unnameable))
                    yield return "a label that may not be named is";
                foreach (var violation in row.Table.Kind switch
                {
                    TableKind.Site => SiteViolations(row, visits, new Told(world, publication.Before.SiteCovered, publication.After.SiteCovered)),
                    TableKind.Tree when row.Label != Labels.Other => NamedViolations(row, OfTree(world, publication, row.Table), publication),
                    _ => [],
                })
                    yield return violation;
            }

            foreach (var tree in Table.All.Where(table => table.Kind == TableKind.Tree && publication.Rows.Any(row => row.Table == table)))
            {
                foreach (var violation in TreeViolations([.. publication.Rows.Where(row => row.Table == tree)], OfTree(world, publication, tree), tree, publication))
                    yield return violation;
            }

            foreach (var pair in Table.All.Where(table => table.Kind == TableKind.Pair && publication.Rows.Any(row => row.Table == table)))
            {
                foreach (var violation in PairViolations([.. publication.Rows.Where(row => row.Table == pair)], new Told(world, 0, publication.After.TreeCovered(Table.Page)), pair, publication))
                    yield return violation;
            }
        }
    }

    private static Told OfTree(VisitWorld world, Publication publication, Table tree) =>
        new(world, publication.Before.TreeCovered(tree), publication.After.TreeCovered(tree));

    private static IEnumerable<string> SiteViolations(PublishedRow row, Told visits, Told people)
    {
        if (row.PageViews is not null && people.IsDominated(Table.Site, [""], Act.View))
            yield return "the site's page views are mostly one visitor's";
        if (row.Visits is null)
            yield break;
        if (row.Visits != visits.Of(Table.Site, [""], Act.Visit).Sum(fact => fact.Times) || visits.NewPeople(Table.Site, "", Act.Visit) < K)
            yield return "visits move by fewer than k or by what they are not";
        if (row.Bounces is not null && (visits.NewPeople(Table.Site, "", Act.Bounce) < K || visits.NewPeople(Table.Site, "", Act.Course) < K))
            yield return "bounces or what is left of the visits are of fewer than k";
        if (row.VisitSeconds is not null && visits.IsDominated(Table.Site, [""], Act.Course))
            yield return "the seconds of visits are mostly one visitor's";
        if (row.NewVisitors is not null && (visits.NewPeople(Table.Site, "", Act.New) < K || visits.NewPeople(Table.Site, "", Act.Returning) < K))
            yield return "new visitors or the others are fewer than k";
    }

    private static IEnumerable<string> NamedViolations(PublishedRow row, Told told, Publication publication)
    {
        var act = row.Table.Basis == Basis.Visits ? Act.Visit : Act.View;
        if (told.NewPeople(row.Table, row.Label, act) < K)
            yield return "a named cell moves by fewer than k";
        if (row.PageViews is not null && told.IsDominated(row.Table, [row.Label], Act.View))
            yield return "a named cell's page views are mostly one visitor's";
        if (row.Bounces is not null)
        {
            if (told.NewPeople(row.Table, row.Label, Act.Bounce) < K || told.NewPeople(row.Table, row.Label, Act.Course) < K)
                yield return "a named cell's bounces are of too few";
            if (row.Table == Table.EntryPage && told.People(Table.ExitPage, [row.Label], Act.Course).Count < K)
                yield return "a page's exits minus its bounces are of fewer than k";
        }

        if (row.VisitSeconds is not null && (told.NewPeople(row.Table, row.Label, Act.Course) < K || told.IsDominated(row.Table, [row.Label], Act.Course)))
            yield return "a named cell's seconds are of too few";
        if (row.Stays is not null
            && (row.Stays % 10 != 0 || told.NewPeople(row.Table, row.Label, Act.Stay) < K || told.IsDominated(row.Table, [row.Label], Act.Stay) || told.People(Table.ExitPage, [row.Label], Act.Visit).Count < K))
            yield return "time on a page, or the exits beside it, are of too few, or exact";
    }

    private static IEnumerable<string> TreeViolations(IReadOnlyList<PublishedRow> rows, Told told, Table tree, Publication publication)
    {
        var act = tree.Basis == Basis.Visits ? Act.Visit : Act.View;
        var labels = told.LabelsOf(tree);
        var unnamed = labels.Except(rows.Select(row => row.Label)).ToList();
        if (tree.Basis == Basis.Visits && publication.After.TreeCovered(tree) > publication.After.VisitsCovered)
            yield return "a tree tells more than the site's visits";
        if (!rows.Any(row => row.Label == Labels.Other && row is { Visits: null, PageViews: null }) && rows.Sum(row => tree.Basis == Basis.Visits ? row.Visits : row.PageViews) != told.Of(tree, labels, act).Sum(fact => fact.Times))
            yield return "a tree is not told whole";
        if (tree.IsInTens && (unnamed.Count == 0 || rows.Any(row => row.Label != Labels.Other && row.Visits % 10 != 0)))
            yield return "entries or exits are told exactly";
        if (unnamed.Count == 1)
            yield return "the rest is one label";
        if (unnamed.Count > 0 && told.People(tree, unnamed, act).Count < K)
            yield return "the rest is of fewer than k";
        if (unnamed.Count > 0 && tree.Basis == Basis.Views && told.IsDominated(tree, unnamed, Act.View))
            yield return "the rest is mostly one visitor's";
        if (rows.Any(row => row.Label == Labels.Other && (row.Bounces is not null || row.Stays is not null)))
            yield return "the rest tells more than its size";

        var silent = labels.Except(rows.Where(row => row.Bounces is not null).Select(row => row.Label)).ToList();
        if (rows.Any(row => row.Bounces is not null) && silent.Count > 0 && (told.People(tree, silent, Act.Bounce).Count < K || told.People(tree, silent, Act.Course).Count < K))
            yield return "the site's bounces minus those of a tree are of fewer than k";
    }

    private static IEnumerable<string> PairViolations(IReadOnlyList<PublishedRow> rows, Told told, Table pair, Publication publication)
    {
        if (publication.Before.Closed)
            yield return "a pair is released after the close";
        if (rows.Any(row => row.PageViews % 10 != 0))
            yield return "a pair is not rounded";
        if (rows.Any(row => told.NewPeople(pair, row.Label, Act.View) < K || told.IsDominated(pair, [row.Label], Act.View)))
            yield return "a pair's cell is of too few";
        foreach (var part in new Func<string, string>[] { label => Labels.SplitPair(label).First, label => Labels.SplitPair(label).Second })
        {
            foreach (var line in told.LabelsOf(pair).GroupBy(part))
            {
                var named = rows.Where(row => part(row.Label) == line.Key).Select(row => row.Label).ToList();
                if (named.Count is > 0 and < 3)
                    yield return "a row or column has fewer than three named cells";
                if (named.Count > 0 && line.Except(named).Any() && told.People(pair, [.. line.Except(named)], Act.View).Count < K)
                    yield return "a row or column minus its named cells is of fewer than k";
            }
        }
    }

    /// <summary>What the blocks between two numbers hold.</summary>
    private sealed class Told(VisitWorld world, long after, long through)
    {
        private readonly ILookup<Table, Fact> _facts = world.Between(after, through).ToLookup(fact => fact.Table);

        public List<string> LabelsOf(Table table) => [.. _facts[table].Select(fact => fact.Label).Distinct()];

        public IEnumerable<Fact> Of(Table table, IReadOnlyCollection<string> labels, Act act) => _facts[table].Where(fact => fact.Act == act && labels.Contains(fact.Label));

        public HashSet<int> People(Table table, IReadOnlyCollection<string> labels, Act act) => [.. Of(table, labels, act).Select(fact => fact.Visitor)];

        public int NewPeople(Table table, string label, Act act) => Of(table, [label], act).Where(fact => fact.IsFirst && fact.Vouches).Select(fact => fact.Visitor).Distinct().Count();

        public bool IsDominated(Table table, IReadOnlyCollection<string> labels, Act act)
        {
            var facts = Of(table, labels, act).ToList();
            return facts.Sum(fact => act == Act.View ? fact.Times : fact.Seconds) > MostOfCapped * facts.Sum(fact => fact.Capped);
        }
    }
}
