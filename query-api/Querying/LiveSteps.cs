using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.QueryApi.Querying.Running;
using Npgsql;

namespace KpTelemetry.QueryApi.Querying;

/// <summary>A step of a site's total as it was released.</summary>
/// <param name="At">When it was released.</param>
/// <param name="Hours">The run of hours of the site's day that it spans, in the form of <c>time:hour</c>.</param>
public sealed record LiveStep(string Site, DateTimeOffset At, string Hours, long? Requests, long? Bytes, long? Errors, long? PageViews, long? Visitors);

/// <summary>
/// The live view: whole steps of the release rule and nothing in between, no sliding sum. The connection ends after a
/// while, so that who watches for long is on the record for long.
/// </summary>
public sealed class LiveSteps(NpgsqlDataSource database, ClickHouseStore store, TimeProvider time)
{
    private const int WindowMinutes = 30;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OldestDay = TimeSpan.FromDays(2);

    /// <summary>An event <c>open</c>, the steps of the last 30 minutes, then each further one as it is released.</summary>
    /// <param name="site">One site, or null for all.</param>
    public async IAsyncEnumerable<SseItem<LiveStep?>> WatchAsync(string? site, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Sends the headers: else a client would wait for them until the first step.
        yield return new SseItem<LiveStep?>(null, "open");
        var seen = new HashSet<long>();
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Longest)
        {
            var releases = await ReleasesAsync(site, cancellation);
            seen.IntersectWith(releases.Keys);
            var fresh = releases.Where(r => !seen.Contains(r.Key)).ToDictionary(r => r.Key, r => r.Value);
            await foreach (var (attempt, step) in StepsAsync(fresh, cancellation))
                yield return new SseItem<LiveStep?>(step, "step") { EventId = $"{attempt}" };
            seen.UnionWith(fresh.Keys);
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private async Task<Dictionary<long, DateTimeOffset>> ReleasesAsync(string? site, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select attempt, done_at from kp.releases where done_at > now() - make_interval(mins => $1) and site = coalesce($2, site)");
        command.Parameters.Add(new() { Value = WindowMinutes });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)site ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var releases = new Dictionary<long, DateTimeOffset>();
        while (await reader.ReadAsync(cancellation))
            releases[reader.GetInt64(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        return releases;
    }

    // Of releases in the window only the rows of recent days: history that is imported is no live traffic.
    private async IAsyncEnumerable<(long Attempt, LiveStep Step)> StepsAsync(Dictionary<long, DateTimeOffset> releases, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (releases.Count == 0)
            yield break;
        var sql =
            $$"""
            SELECT toInt64(attempt), site, {{PublishedSql.Hours}}, toInt64(requests), toInt64(bytes), toInt64(errors), toInt64(page_views), toInt64(visitors)
            FROM published
            WHERE `table` = 1 AND label = '' AND isNotNull(visitors) AND day >= {since:Date} AND has({attempts:Array(UInt64)}, attempt)
            ORDER BY attempt, day, hour_from
            """;
        var rows = store.QueryAsync(
            sql,
            row => (Attempt: row.GetInt64(0), Site: row.GetString(1), Hours: row.GetString(2), Figures: Enumerable.Range(3, 5).Select(i => row.IsDBNull(i) ? (long?)null : row.GetInt64(i)).ToArray()),
            cancellation,
            ("since", DateOnly.FromDateTime((time.GetUtcNow() - OldestDay).UtcDateTime)),
            ("attempts", releases.Keys.Select(a => (ulong)a).ToArray()));
        await foreach (var row in rows)
            yield return (row.Attempt, new LiveStep(row.Site, releases[row.Attempt], row.Hours, row.Figures[0], row.Figures[1], row.Figures[2], row.Figures[3], row.Figures[4]));
    }
}
