using System.Text;
using KpTelemetry.QueryApi.Querying.Parsing;
using KpTelemetry.QueryApi.Querying.Planning;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Running;

/// <summary>
/// The one form of query that is ever sent to ClickHouse for answers. Its text is made of fixed pieces; everything from
/// outside is a parameter.
/// </summary>
public static class PublishedSql
{
    private const string RowsOfDoneReleases =
        """
        FROM published
        WHERE site = {site:String} AND `table` = {table:UInt8} AND day >= {from:Date} AND day < {to:Date}
            AND attempt <= {newest:UInt64} AND NOT has({open:Array(UInt64)}, attempt)
        """;

    /// <summary>The statement and its parameters.</summary>
    public static (string Sql, (string Name, object Value)[] Parameters) Of(QueryPlan plan, PublishedSnapshot snapshot)
    {
        var query = plan.Query;
        var parameters = new List<(string Name, object Value)>
        {
            ("site", query.Site), ("table", plan.Table.Id), ("from", query.From), ("to", query.To),
            ("newest", (ulong)snapshot.Newest), ("open", snapshot.Open.Select(a => (ulong)a).ToArray()), ("limit", (ulong)query.Limit),
        };
        var columns = query.Dimensions.Select(d => DimensionSql(d, plan.Table)).Concat(query.Metrics.Select(m => MetricSql(m, plan.Table))).Select((sql, i) => $"{sql} AS c{i}");
        var text = new StringBuilder($"SELECT {string.Join(", ", columns)}\n{RowsOfDoneReleases}");
        if (plan.Table.Kind == TableKind.Site)
            text.Append($"\n    AND {SpansSql(query.Dimensions)}");
        foreach (var filter in query.Filters)
        {
            text.Append($"\n    AND {(filter.Is ? "" : "NOT ")}has({{labels{parameters.Count}:Array(String)}}, {LabelSql(filter.Dimension, plan.Table)})");
            parameters.Add(($"labels{parameters.Count}", filter.Labels.ToArray()));
        }

        if (query.Dimensions.Count > 0)
            text.Append($"\nGROUP BY {string.Join(", ", query.Dimensions.Select((_, i) => $"c{i}"))}\nORDER BY {string.Join(", ", OrderSql(plan))}");
        text.Append("\nLIMIT {limit:UInt64}");
        return (text.ToString(), [.. parameters]);
    }

    /// <summary>The run of hours of a row of the site's table: one hour, or both ends, the last not included.</summary>
    public const string Hours =
        "concat(toString(day), 'T', leftPad(toString(hour_from), 2, '0'), ':00', if(hour_to = hour_from, '', "
        + "concat('/', toString(if(hour_to = 23, day + 1, day)), 'T', leftPad(toString((hour_to + 1) % 24), 2, '0'), ':00')))";

    // A row with a label is of days up to that one together: it belongs where all of them do. The day's visits have no hours.
    private static string SpansSql(IReadOnlyList<Dimension> dimensions) => dimensions.FirstOrDefault()?.Name switch
    {
        "time:hour" => "label = '' AND isNotNull(requests)",
        "time:day" => "label = ''",
        "time:week" => "(label = '' OR (toMonday(toDateOrZero(label)) = toMonday(day) AND toDateOrZero(label) < {to:Date}))",
        "time:month" => "(label = '' OR (toStartOfMonth(toDateOrZero(label)) = toStartOfMonth(day) AND toDateOrZero(label) < {to:Date}))",
        _ => "(label = '' OR toDateOrZero(label) < {to:Date})",
    };

    private static string DimensionSql(Dimension dimension, Table table) => dimension.Name switch
    {
        "time:hour" => Hours,
        "time:day" => "toString(day)",
        "time:week" => "toString(toMonday(day))",
        "time:month" => "toString(toStartOfMonth(day))",
        _ => LabelSql(dimension, table),
    };

    private static string LabelSql(Dimension dimension, Table table) => table.Second is null
        ? "label"
        : $"splitByChar('\\n', label)[{(dimension.Name == table.Second ? 2 : 1)}]";

    private static string MetricSql(Metric metric, Table table) => metric.Name switch
    {
        "bounce_rate" => Ratio("sum(bounces)", "sumIf(visits, isNotNull(bounces))"),
        "visit_duration" => Ratio("sum(visit_seconds)", "sumIf(visits, isNotNull(visit_seconds))"),
        "views_per_visit" => Ratio($"sumIf(page_views, label = '' AND day IN (SELECT day {RowsOfDoneReleases} AND isNotNull(visits)))", "sum(visits)"),
        "time_on_page" => Ratio("sum(stay_seconds)", "sum(stays)"),
        _ => SumSql(metric == Metric.PageViews ? "page_views" : metric.Name, table),
    };

    private static string Ratio(string sum, string count) => $"round({sum} / nullIf({count}, 0), 4)";

    private static string SumSql(string column, Table table)
    {
        // A sum skips what is null: right for the site's days, where null is withheld and told as such. In a tree null
        // is a figure that cannot be, such as visitors of labels that overlap, and makes the whole unknown.
        return table.Kind == TableKind.Tree
            ? $"if(countIf(isNull({column})) > 0, NULL, toInt64(sum({column})))"
            : $"toInt64(sum({column}))";
    }

    // Every column comes into the order at last, so that equal questions have equal answers.
    private static IEnumerable<string> OrderSql(QueryPlan plan)
    {
        var order = plan.Query.Order.Count > 0 ? plan.Query.Order : DefaultOrder(plan.Query);
        var columns = plan.Columns.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        return order.Concat(plan.Query.Dimensions.Select(d => new Order(d.Name, Descending: false)))
            .DistinctBy(o => o.Column, StringComparer.Ordinal)
            .Select(o => $"c{columns[o.Column]} {(o.Descending ? "DESC" : "ASC")} NULLS LAST");
    }

    private static List<Order> DefaultOrder(Query query) =>
        [.. query.Dimensions.Where(d => d.IsTime).Select(d => new Order(d.Name, Descending: false)), new Order(query.Metrics[0].Name, Descending: true)];
}
