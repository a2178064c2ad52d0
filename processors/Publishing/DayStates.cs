using System.Collections.Immutable;
using System.Text.Json;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Processors.Publishing;

/// <summary>Writes and reads what has been decided about site days.</summary>
internal static class DayStates
{
    /// <summary>The columns that <see cref="Read"/> reads.</summary>
    public const string Columns =
        "day, closed, evaluated_seq, steps, site_covered, technical_covered, requests, visitors, page_views, covered, withheld, visits_covered, visits, waiting";

    private static readonly int Tables = Table.All.Max(t => t.Id);

    /// <summary>Writes the states in the caller's transaction, all in one statement.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, SiteClaim claim, IReadOnlyList<DayState> states, CancellationToken cancellation)
    {
        if (states.Count == 0)
            return;
        await using var command = new NpgsqlCommand(
            """
            insert into kp.release_days as d
                (site, day, closed, evaluated_seq, steps, site_covered, technical_covered, requests, visitors, page_views, covered, withheld, ends_at,
                visits_covered, visits, waiting)
            select $1, s.day, s.closed, s.evaluated_seq, s.steps, s.site_covered, s.technical_covered, s.requests, s.visitors, s.page_views, s.covered, s.withheld, s.ends_at,
                s.visits_covered, s.visits, s.waiting
            from jsonb_to_recordset($2) as s (day date, closed boolean, evaluated_seq bigint, steps int, site_covered bigint, technical_covered bigint,
                requests bigint, visitors bigint, page_views bigint, covered bigint[], withheld int[], ends_at timestamptz,
                visits_covered bigint, visits bigint, waiting bigint[])
            on conflict (site, day) do update set
                closed = excluded.closed, evaluated_seq = excluded.evaluated_seq, steps = excluded.steps, site_covered = excluded.site_covered,
                technical_covered = excluded.technical_covered, requests = excluded.requests, visitors = excluded.visitors,
                page_views = excluded.page_views, covered = excluded.covered, withheld = excluded.withheld,
                visits_covered = excluded.visits_covered, visits = excluded.visits, waiting = excluded.waiting
            """,
            connection);
        command.Parameters.Add(new() { Value = claim.Site });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(states.Select(state => Values(claim, state))), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The state in the reader's row.</summary>
    public static DayState Read(NpgsqlDataReader reader)
    {
        var covered = reader.GetFieldValue<long[]>(9);
        var withheld = reader.GetFieldValue<int[]>(10);
        return new DayState
        {
            Day = reader.GetFieldValue<DateOnly>(0),
            Closed = reader.GetBoolean(1),
            Evaluated = reader.GetInt64(2),
            Steps = reader.GetInt32(3),
            SiteCovered = reader.GetInt64(4),
            TechnicalCovered = reader.GetInt64(5),
            Requests = reader.GetInt64(6),
            Visitors = reader.GetInt64(7),
            PageViews = reader.GetInt64(8),
            VisitsCovered = reader.GetInt64(11),
            Visits = reader.GetInt64(12),
            Waiting = reader.GetFieldValue<long[]>(13) is [var visitors, var views, var vouched, var vouchedViewers, var cappedViews, var cappedRequests]
                ? new Counters { Visitors = visitors, PageViews = views, Vouched = vouched, VouchedViewers = vouchedViewers, CappedViews = cappedViews, CappedRequests = cappedRequests }
                : default,
            TreesCovered = Table.All.Where(t => t.Id <= covered.Length && covered[t.Id - 1] > 0).ToImmutableDictionary(t => t, t => covered[t.Id - 1]),
            Withheld = Table.All.Where(t => t.Id <= withheld.Length && withheld[t.Id - 1] > 0).ToImmutableDictionary(t => t, t => (Band)withheld[t.Id - 1]),
        };
    }

    private static Dictionary<string, object> Values(SiteClaim claim, DayState state) => new(StringComparer.Ordinal)
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
        ["visits_covered"] = state.VisitsCovered,
        ["visits"] = state.Visits,
        ["waiting"] = Waiting(state.Waiting),
    };

    private static long[] Waiting(in Counters people) => people == default
        ? []
        : [people.Visitors, people.PageViews, people.Vouched, people.VouchedViewers, people.CappedViews, people.CappedRequests];

    private static T[] ByTable<T>(Func<Table, T> value) where T : struct
    {
        var values = new T[Tables];
        foreach (var table in Table.All)
            values[table.Id - 1] = value(table);
        return values;
    }
}
