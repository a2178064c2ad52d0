using System.Text.Json.Serialization;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Planning;

/// <summary>What can be asked together: at most one dimension beside one of time, and the metrics that its table holds.</summary>
/// <param name="Table">The table behind it.</param>
/// <param name="Dimension">The dimension, or null for the site as a whole.</param>
/// <param name="Times">The dimensions of time that go with it.</param>
/// <param name="Metrics">The metrics that it holds.</param>
public sealed record LatticeEntry(
    [property: JsonIgnore] Table Table, string? Dimension, IReadOnlyList<string> Times, IReadOnlyList<string> Metrics)
{
    private static readonly string[] Coarse = [Schemas.Querying.Dimension.Day.Name, Schemas.Querying.Dimension.Week.Name, Schemas.Querying.Dimension.Month.Name];

    /// <summary>Every combination there is.</summary>
    public static IReadOnlyList<LatticeEntry> All { get; } = [.. Table.Published.Select(Of)];

    private static LatticeEntry Of(Table table) => table.Kind switch
    {
        TableKind.Site => new(table, null, [Schemas.Querying.Dimension.Hour.Name, .. Coarse], [.. Metric.All.Select(m => m.Name)]),
        TableKind.Tree => new(table, table.Dimension, Coarse, Names(Metric.Requests, Metric.Bytes, Metric.PageViews, Metric.Visitors)),
        _ => new(table, table.Dimension, Coarse, Names(Metric.Requests, Metric.Bytes, Metric.Errors)),
    };

    private static string[] Names(params Metric[] metrics) => [.. metrics.Select(m => m.Name)];
}
