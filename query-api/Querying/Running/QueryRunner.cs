using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.QueryApi.Querying.Planning;
using KpTelemetry.Schemas.Querying;
using Npgsql;

namespace KpTelemetry.QueryApi.Querying.Running;

/// <summary>The answer to a query.</summary>
/// <param name="Columns">Names of dimensions, then of metrics.</param>
/// <param name="Rows">Labels as strings, counts as integers, ratios as numbers, unknown as null.</param>
public sealed record Answer(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, PublishedSnapshot Of);

/// <summary>Runs plans against what is published.</summary>
public sealed class QueryRunner(NpgsqlDataSource database, ClickHouseStore store)
{
    /// <summary>The answer; null when there is no such site.</summary>
    public async Task<Answer?> RunAsync(QueryPlan plan, CancellationToken cancellation)
    {
        if (await PublishedSnapshot.ReadAsync(database, plan, cancellation) is not { } snapshot)
            return null;
        var (sql, parameters) = PublishedSql.Of(plan, snapshot);
        var rows = new List<object?[]>();
        await foreach (var row in store.QueryAsync(sql, reader => Read(reader, plan.Query), cancellation, parameters))
            rows.Add(row);
        return new Answer(plan.Columns, rows, snapshot);
    }

    private static object?[] Read(System.Data.Common.DbDataReader reader, Parsing.Query query) =>
    [
        .. query.Dimensions.Select((_, i) => reader.GetString(i)),
        .. query.Metrics.Select((metric, i) => Figure(reader, query.Dimensions.Count + i, metric)),
    ];

    private static object? Figure(System.Data.Common.DbDataReader reader, int column, Metric metric)
    {
        if (reader.IsDBNull(column))
            return null;
        return metric.IsRatio ? (object)reader.GetDouble(column) : reader.GetInt64(column);
    }
}
