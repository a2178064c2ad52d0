using System.Text.Json.Serialization;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Planning;

/// <summary>What can be asked together: the dimensions of a table beside at most one of time, and the metrics that it holds.</summary>
/// <param name="Table">The table behind it.</param>
/// <param name="Dimension">The dimension, or null for the site as a whole.</param>
/// <param name="Second">The second dimension of a pair.</param>
/// <param name="Times">The dimensions of time that go with it.</param>
/// <param name="Metrics">The metrics that it holds.</param>
public sealed record LatticeEntry(
    [property: JsonIgnore] Table Table, string? Dimension, string? Second, IReadOnlyList<string> Times, IReadOnlyList<string> Metrics)
{
    private static readonly Metric[] Base = [Metric.Requests, Metric.PageViews, Metric.Visitors];
    private static readonly string[] Coarse = [Schemas.Querying.Dimension.Day.Name, Schemas.Querying.Dimension.Week.Name, Schemas.Querying.Dimension.Month.Name];

    /// <summary>Every combination there is.</summary>
    public static IReadOnlyList<LatticeEntry> All { get; } = [.. Table.All.SelectMany(Of)];

    /// <summary>Whether it is of these dimensions, in any order.</summary>
    public bool IsOf(IReadOnlyCollection<string> dimensions) =>
        dimensions.Count == (Dimension is null ? 0 : Second is null ? 1 : 2) && dimensions.All(d => d == Dimension || d == Second);

    private static IEnumerable<LatticeEntry> Of(Table table) => table.Kind switch
    {
        TableKind.Site =>
        [
            new(table, null, null, Coarse, Names(Metric.All.Except([Metric.TimeOnPage]))),
            new(table, null, null, [Schemas.Querying.Dimension.Hour.Name], Names(Metric.All.Where(m => m.Kind != MetricKind.Visits))),
        ],
        TableKind.Tree => [new(table, table.Dimension, null, Coarse, Names(OfTree(table)))],
        TableKind.Pair => [new(table, table.Dimension, table.Second, Coarse, Names([Metric.PageViews]))],
        _ => [new(table, table.Dimension, null, Coarse, Names([Metric.Requests, Metric.Bytes, Metric.Errors]))],
    };

    private static IEnumerable<Metric> OfTree(Table table) => table switch
    {
        { HasCourse: true } => [Metric.Visits, Metric.BounceRate, Metric.VisitDuration],
        { Basis: Basis.Visits } => [Metric.Visits],
        _ when table == Table.Page => [.. Base, Metric.TimeOnPage],
        _ => Base,
    };

    private static string[] Names(IEnumerable<Metric> metrics) => [.. metrics.Select(m => m.Name)];
}
