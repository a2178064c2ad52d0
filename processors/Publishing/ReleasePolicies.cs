using KpTelemetry.Privacy.Release;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// The numbers of the release rule for days of a site: per key the strictest of all revisions of the policy in force
/// between the receipt of the first event and now. So a larger k holds for everything that is not published yet, and a
/// smaller one for what is received under it only (P0 revisions).
/// </summary>
/// <param name="standard">What the policy's revisions say nothing of.</param>
internal sealed class ReleasePolicies(NpgsqlDataSource database, ReleasePolicy standard, TimeProvider time)
{
    private readonly PublishedPolicies _published = new(database);
    private PolicyBook _book = PolicyBook.OfBuiltIn;

    /// <summary>The name of the revision in force.</summary>
    public string InForce => _book.InForce(time.GetUtcNow()).Name;

    /// <summary>Reads what is published; a revision is published at least a day before it takes effect.</summary>
    public async Task RefreshAsync(CancellationToken cancellation) => _book = await _published.ReadAsync(cancellation);

    /// <summary>The numbers for days of a site with what done blocks up to <paramref name="through"/> add to them.</summary>
    public async Task<ReleasePolicy> OfAsync(string site, DateOnly[] days, long through, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var inForce = _book.InForce(now);
        if (inForce == PolicyBook.BuiltIn)
            return standard;
        var first = _book.Find(await FirstAsync(site, days, through, cancellation)) ?? PolicyBook.BuiltIn;
        return standard with
        {
            K = _book.Holding(first.EffectiveAt, now)[PolicyKeys.K],
            Revision = inForce.Name,
            MostVisitSeconds = Largest(PolicyKeys.MostVisitSeconds),
            MostStaySeconds = Largest(PolicyKeys.MostPageSeconds),
        };

        // Capped sums hold shares as large as the revision says that the day was counted under: any since its first event.
        int Largest(PolicyKey share) => _book.Revisions.Where(revision => revision.EffectiveAt >= first.EffectiveAt && revision.EffectiveAt <= now).Max(revision => revision.Values[share]);
    }

    // Names of revisions have the order of their dates. None: a block from before this was noted.
    private async Task<string> FirstAsync(string site, DateOnly[] days, long through, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            select min(coalesce(policy, '')) from kp.block_days d join kp.blocks b on b.seq = d.seq left join lateral unnest(b.policies) as policy on true
            where d.site = $1 and d.day = any ($2) and d.seq <= $3
            """);
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = days });
        command.Parameters.Add(new() { Value = through });
        return await command.ExecuteScalarAsync(cancellation) as string ?? "";
    }
}
