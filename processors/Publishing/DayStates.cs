using System.Text.Json;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Processors.Publishing;

/// <summary>Writes what has been decided about site days, all in one statement.</summary>
internal static class DayStates
{
    private static readonly int Tables = Table.Published.Max(t => t.Id);

    /// <summary>Writes the states in the caller's transaction.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, SiteClaim claim, IReadOnlyList<DayState> states, CancellationToken cancellation)
    {
        if (states.Count == 0)
            return;
        await using var command = new NpgsqlCommand(
            """
            insert into kp.release_days as d
                (site, day, closed, evaluated_seq, steps, site_covered, technical_covered, requests, visitors, page_views, covered, withheld, ends_at)
            select $1, s.day, s.closed, s.evaluated_seq, s.steps, s.site_covered, s.technical_covered, s.requests, s.visitors, s.page_views, s.covered, s.withheld, s.ends_at
            from jsonb_to_recordset($2) as s (day date, closed boolean, evaluated_seq bigint, steps int, site_covered bigint, technical_covered bigint,
                requests bigint, visitors bigint, page_views bigint, covered bigint[], withheld int[], ends_at timestamptz)
            on conflict (site, day) do update set
                closed = excluded.closed, evaluated_seq = excluded.evaluated_seq, steps = excluded.steps, site_covered = excluded.site_covered,
                technical_covered = excluded.technical_covered, requests = excluded.requests, visitors = excluded.visitors,
                page_views = excluded.page_views, covered = excluded.covered, withheld = excluded.withheld
            """,
            connection);
        command.Parameters.Add(new() { Value = claim.Site });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(states.Select(state => Columns(claim, state))), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static Dictionary<string, object> Columns(SiteClaim claim, DayState state) => new(StringComparer.Ordinal)
    {
        ["day"] = state.Day,
        ["closed"] = state.Closed,
        ["evaluated_seq"] = state.Evaluated,
        ["steps"] = state.Steps,
        ["site_covered"] = state.SiteCovered,
        ["technical_covered"] = state.TechnicalCovered,
        ["requests"] = state.Requests,
        ["visitors"] = state.Visitors,
        ["page_views"] = state.PageViews,
        ["covered"] = ByTable(state.TreeCovered),
        ["withheld"] = ByTable(table => (int)state.WithheldOf(table)),
        ["ends_at"] = SiteDays.EndOf(claim.Zone, state.Day),
    };

    private static T[] ByTable<T>(Func<Table, T> value) where T : struct
    {
        var values = new T[Tables];
        foreach (var table in Table.Published)
            values[table.Id - 1] = value(table);
        return values;
    }
}
