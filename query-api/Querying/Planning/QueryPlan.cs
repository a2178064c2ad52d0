using KpTelemetry.QueryApi.Querying.Parsing;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Planning;

/// <summary>A query that the lattice can answer, and the table that does.</summary>
/// <param name="Query">What is asked.</param>
/// <param name="Table">Where the figures lie.</param>
/// <param name="Bands">The tables whose withheld parts matter to the metrics asked for.</param>
public sealed record QueryPlan(Query Query, Table Table, IReadOnlyList<Table> Bands)
{
    /// <summary>The columns of the answer.</summary>
    public IReadOnlyList<string> Columns { get; } = [.. Query.Dimensions.Select(d => d.Name), .. Query.Metrics.Select(m => m.Name)];
}

/// <summary>Chooses the table of a query. What the lattice does not hold is not computed some other way.</summary>
public static class QueryPlanner
{
    /// <summary>The plan, or null and the problem.</summary>
    public static QueryPlan? Plan(Query query, out QueryProblem? problem)
    {
        problem = null;
        var names = query.Dimensions.Concat(query.Filters.Select(f => f.Dimension)).Where(d => !d.IsTime).Select(d => d.Name).Distinct(StringComparer.Ordinal).ToList();
        var times = query.Dimensions.Where(d => d.IsTime).ToList();
        var entries = times.Count <= 1 ? LatticeEntry.All.Where(e => e.IsOf(names) && times.TrueForAll(time => e.Times.Contains(time.Name))).ToList() : [];
        if (entries.Count == 0)
            return Refuse("The lattice does not hold these dimensions together. A filter's dimension counts as one.", out problem);
        if (entries.Find(e => query.Metrics.All(metric => e.Metrics.Contains(metric.Name))) is not { } entry)
            return Refuse("The lattice does not hold one of these metrics with these dimensions.", out problem);
        if (AddsUpOverlapping(query, entry.Table))
            return Refuse("Visitors of several labels of this dimension overlap, so they are not added up: name the dimension, or filter by one label.", out problem);
        return new QueryPlan(query, entry.Table, [.. BandsOf(query, entry.Table)]);
    }

    private static bool AddsUpOverlapping(Query query, Table table) =>
        table is { ManyLabels: true, Kind: TableKind.Tree }
        && query.Metrics.Contains(Metric.Visitors)
        && query.Dimensions.All(d => d.IsTime)
        && !query.Filters.Any(f => f is { Is: true, Labels.Count: 1 });

    private static IEnumerable<Table> BandsOf(Query query, Table table)
    {
        if (table.Kind != TableKind.Site)
            return [table];
        // The site's requests, bytes and errors move with the technical tables, its people by themselves, visits with their trees.
        return query.Metrics.Select(metric => metric.Kind switch
        {
            MetricKind.Technical => Table.Status,
            MetricKind.People => Table.Site,
            _ => Table.EntryPage,
        }).Distinct();
    }

    private static QueryPlan? Refuse(string detail, out QueryProblem problem)
    {
        problem = new QueryProblem(detail, new Dictionary<string, object?>(StringComparer.Ordinal) { ["lattice"] = LatticeEntry.All });
        return null;
    }
}
