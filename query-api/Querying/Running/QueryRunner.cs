using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.QueryApi.Querying.Planning;
using Npgsql;

namespace KpTelemetry.QueryApi.Querying.Running;

/// <summary>The answer to a query.</summary>
/// <param name="Columns">Names of dimensions, then of metrics.</param>
/// <param name="Rows">Labels as strings, figures as integers, unknown as null.</param>
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
        var (labels, columns) = (plan.Query.Dimensions.Count, plan.Columns.Count);
        var rows = new List<object?[]>();
        await foreach (var row in store.QueryAsync(sql, reader => Read(reader, labels, columns), cancellation, parameters))
            rows.Add(row);
        return new Answer(plan.Columns, rows, snapshot);
    }

    private static object?[] Read(System.Data.Common.DbDataReader reader, int labels, int columns)
    {
        var row = new object?[columns];
        for (var i = 0; i < columns; i++)
            row[i] = i < labels ? reader.GetString(i) : reader.IsDBNull(i) ? null : reader.GetInt64(i);
        return row;
    }
}
