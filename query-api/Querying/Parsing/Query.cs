using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Parsing;

/// <summary>What is asked, every name known.</summary>
/// <param name="Site">The site's name; whether it exists is another matter.</param>
/// <param name="From">First day, included.</param>
/// <param name="To">Last day, not included.</param>
/// <param name="Metrics">At least one, each once.</param>
/// <param name="Dimensions">Each once.</param>
/// <param name="Filters">All of them hold.</param>
/// <param name="Order">By names of metrics and dimensions of this query; empty for the default.</param>
/// <param name="Limit">1 to 10,000 rows.</param>
public sealed record Query(
    string Site, DateOnly From, DateOnly To, IReadOnlyList<Metric> Metrics, IReadOnlyList<Dimension> Dimensions,
    IReadOnlyList<Filter> Filters, IReadOnlyList<Order> Order, int Limit);

/// <summary>A condition on published labels.</summary>
/// <param name="Dimension">No dimension of time.</param>
/// <param name="Is">Whether the label is one of the values, or none of them.</param>
/// <param name="Labels">At least one.</param>
public sealed record Filter(Dimension Dimension, bool Is, IReadOnlyList<string> Labels);

/// <summary>A column to sort by.</summary>
public sealed record Order(string Column, bool Descending);

/// <summary>Why a query cannot be answered: words, and what would be possible instead.</summary>
/// <param name="Detail">A sentence that names nothing that was sent but names of the query language.</param>
/// <param name="Possible">Lists by name, for the problem's extension members.</param>
public sealed record QueryProblem(string Detail, IReadOnlyDictionary<string, object?> Possible)
{
    public QueryProblem(string detail)
        : this(detail, new Dictionary<string, object?>(StringComparer.Ordinal))
    {
    }
}
