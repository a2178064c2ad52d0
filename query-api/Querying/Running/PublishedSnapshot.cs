using KpTelemetry.QueryApi.Querying.Planning;
using KpTelemetry.Privacy.Release;
using Npgsql;

namespace KpTelemetry.QueryApi.Querying.Running;

/// <summary>Which rows are published, read before them: the newest done attempt, and those before it that are not done.</summary>
/// <param name="Newest">0 when nothing is published.</param>
/// <param name="Open">Attempts whose rows, if they are there, were never published.</param>
/// <param name="AsOf">When the site's newest release was done; null when there is none.</param>
/// <param name="Withheld">The largest band of the days and tables asked for.</param>
public sealed record PublishedSnapshot(long Newest, IReadOnlyList<long> Open, DateTimeOffset? AsOf, Band Withheld)
{
    /// <summary>Reads everything in one statement, so that it is of one moment; null when there is no such site.</summary>
    public static async Task<PublishedSnapshot?> ReadAsync(NpgsqlDataSource database, QueryPlan plan, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            select
                coalesce((select max(attempt) from kp.attempts where target = 'published' and done), 0),
                array(select attempt from kp.attempts where target = 'published' and not done),
                (select max(done_at) from kp.releases where site = $1 and done_at is not null),
                coalesce((select max(d.withheld[t]) from kp.release_days d, unnest($4) as t where d.site = $1 and d.day >= $2 and d.day < $3), 0),
                exists (select from kp.sites where name = $1)
            """);
        command.Parameters.Add(new() { Value = plan.Query.Site });
        command.Parameters.Add(new() { Value = plan.Query.From });
        command.Parameters.Add(new() { Value = plan.Query.To });
        command.Parameters.Add(new() { Value = plan.Bands.Select(t => (int)t.Id).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (!reader.GetBoolean(4))
            return null;
        var newest = reader.GetInt64(0);
        var asOf = await reader.IsDBNullAsync(2, cancellation) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(2);
        return new PublishedSnapshot(newest, [.. reader.GetFieldValue<long[]>(1).Where(a => a <= newest)], asOf, (Band)reader.GetInt32(3));
    }

    /// <summary>The sites there are.</summary>
    public static async Task<List<string>> SitesAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select distinct name from kp.sites order by name");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var sites = new List<string>();
        while (await reader.ReadAsync(cancellation))
            sites.Add(reader.GetString(0));
        return sites;
    }
}
