using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>What must hold of everything published of a day, told by people instead of counters.</summary>
public static class Invariants
{
    private const int K = 11;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IEnumerable<string> Violations(World world, IReadOnlyList<Publication> publications) =>
        publications.SelectMany(publication => SiteViolations(world, publication).Concat(World.Trees.SelectMany(tree => TreeViolations(world, publication, tree))))
            .Concat(CloseViolations(world, publications));

    private static IEnumerable<string> SiteViolations(World world, Publication publication)
    {
        var blocks = Publishing.Between(world, publication.Before.SiteCovered, publication.After.SiteCovered).ToList();
        foreach (var row in publication.Rows.Where(r => r.Table == Table.Site && r.Visitors is not null))
        {
            var people = blocks.SelectMany(b => b.Arrivals).Where(a => a.Hour >= row.HourFrom && a.Hour <= row.HourTo).ToList();
            if (people.Where(a => a.Vouches).Select(a => a.Visitor).Distinct().Count() < K)
                yield return "a row of the site moves by fewer than k vouching visitors";
            if (people.Where(a => a.ViewerVouches).Select(a => a.Visitor).Distinct().Count() < K)
                yield return "a row of the site moves by fewer than k vouching viewers";
        }

        var total = Publishing.Sum(blocks.Select(b => b.Site)).Total;
        var site = publication.Rows.Where(r => r.Table == Table.Site).ToList();
        if (site.Sum(r => r.Visitors) != total.Visitors || site.Sum(r => r.PageViews) != total.PageViews)
            yield return "what the site moves by is not what its blocks hold";
        var technical = Publishing.Sum(Publishing.Between(world, publication.Before.TechnicalCovered, publication.After.TechnicalCovered).Select(b => b.Site)).Total;
        var status = publication.Rows.Where(r => r.Table == Table.Status).Sum(r => r.Requests);
        if (site.Sum(r => r.Requests) != technical.Requests || status != technical.Requests || site.Sum(r => r.Errors) != technical.Errors)
            yield return "technical counts do not move with their blocks";
    }

    private static IEnumerable<string> TreeViolations(World world, Publication publication, Table tree)
    {
        var blocks = Publishing.Between(world, publication.Before.TreeCovered(tree), publication.After.TreeCovered(tree)).ToList();
        var rows = publication.Rows.Where(r => r.Table == tree).ToList();
        var named = rows.Where(r => r.Label != Labels.Other).Select(r => r.Label).ToHashSet();
        var cells = Publishing.TreeSum(blocks, tree);
        if (publication.After.TreeCovered(tree) > publication.After.SiteCovered)
            yield return "a tree tells more than the site's total";
        if (rows.Sum(r => r.PageViews) != cells.Values.Sum(c => c.PageViews) || rows.Sum(r => r.Requests) != cells.Values.Sum(c => c.Requests))
            yield return "total minus named is neither nothing nor told as the rest";
        foreach (var row in rows.Where(r => named.Contains(r.Label)))
        {
            if ((row.Visitors ?? cells[row.Label].Visitors) != cells[row.Label].Visitors || row.PageViews != cells[row.Label].PageViews)
                yield return "a named cell does not move by what its blocks hold";
            if (blocks.SelectMany(b => b.TreeArrivals).Where(a => a.Table == tree && a.Label == row.Label && a.Vouches).Select(a => a.Visitor).Distinct().Count() < K)
                yield return "a named cell moves by fewer than k vouching visitors";
        }

        var unnamed = cells.Keys.Where(label => !named.Contains(label)).ToList();
        if (unnamed.Count == 1)
            yield return "the rest is one label";
        var entered = blocks.SelectMany(b => b.Contributors).Where(c => c.Table == tree && unnamed.Contains(c.Label)).Select(c => c.Visitor).Distinct().Count();
        if (unnamed.Count > 0 && entered < K)
            yield return "the rest concerns fewer than k people";
        var site = blocks.SelectMany(b => b.Arrivals).Select(a => a.Visitor).ToHashSet();
        if (tree.ManyLabels && rows.Any(r => r.Visitors is not null && site.Count - blocks.SelectMany(b => b.TreeArrivals).Where(a => a.Table == tree && a.Label == r.Label).Select(a => a.Visitor).Distinct().Count(site.Contains) < K))
            yield return "a label's visitors leave fewer than k of the site's";
        if (tree.ManyLabels && rows.Any(r => r.Label == Labels.Other && r.Visitors is not null))
            yield return "visitors of overlapping labels are added up";
    }

    // The close is the last publication before late data: what it leaves is nothing, or a day that is too small.
    private static IEnumerable<string> CloseViolations(World world, IReadOnlyList<Publication> publications)
    {
        var close = publications.TakeUntilClosed();
        var total = Publishing.Sum(world.Blocks.Take(world.CloseAfter).Select(b => b.Site)).Total;
        if (!Sufficing.People(total, ReleasePolicy.InForce))
            yield break;
        if (close.SelectMany(p => p.Rows).Where(r => r.Table == Table.Site).Sum(r => r.Visitors) != total.Visitors)
            yield return "a closed day's total is not exact";
        if (close[^1].After.WithheldOf(Table.Site) != Band.None)
            yield return "a closed day that is told whole says that something is withheld";
    }

    private static List<Publication> TakeUntilClosed(this IReadOnlyList<Publication> publications) =>
        [.. publications.Take(publications.Count(p => !p.Before.Closed))];
}
