using Npgsql;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// Who publishes which site. Leases only decide who tries; that two never publish comes from the epoch, which every
/// transaction of a release checks.
/// </summary>
internal sealed class Claims(NpgsqlDataSource database, string owner, PublisherOptions options)
{
    /// <summary>The sites that are defined.</summary>
    public async Task<List<string>> SitesAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select distinct name from kp.sites order by name");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var sites = new List<string>();
        while (await reader.ReadAsync(cancellation))
            sites.Add(reader.GetString(0));
        return sites;
    }

    /// <summary>Claims a site that is free, lapsed, or this owner's own; null where another holds it.</summary>
    public async Task<SiteClaim?> TryClaimAsync(string site, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            with claim as (
                insert into kp.publishers as p (site, epoch, owner, renewed_at) values ($1, 1, $2, now())
                on conflict (site) do update set epoch = p.epoch + 1, owner = excluded.owner, renewed_at = now()
                where p.owner = $2 or p.renewed_at < now() - make_interval(secs => $3)
                returning epoch, decided_seq)
            select claim.epoch, claim.decided_seq,
                (select coalesce(max(number), 0) from kp.releases where site = $1 and done_at is not null),
                (select timezone from kp.sites where name = $1 order by revision desc limit 1)
            from claim
            """);
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = owner });
        command.Parameters.Add(new() { Value = options.Lease.TotalSeconds });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new SiteClaim(site, TimeZoneInfo.FindSystemTimeZoneById(reader.GetString(3)), reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2))
            : null;
    }

    /// <summary>Renews claims, and writes how far sites have been decided upon that had nothing to decide. Returns the sites still held.</summary>
    public async Task<HashSet<string>> RenewAsync(IReadOnlyCollection<(string Site, long Epoch, long Decided)> claims, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            update kp.publishers p set renewed_at = now(), decided_seq = greatest(p.decided_seq, c.decided)
            from unnest($2, $3, $4) as c (site, epoch, decided)
            where p.site = c.site and p.epoch = c.epoch and p.owner = $1
            returning p.site
            """);
        command.Parameters.Add(new() { Value = owner });
        command.Parameters.Add(new() { Value = claims.Select(c => c.Site).ToArray() });
        command.Parameters.Add(new() { Value = claims.Select(c => c.Epoch).ToArray() });
        command.Parameters.Add(new() { Value = claims.Select(c => c.Decided).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var held = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
            held.Add(reader.GetString(0));
        return held;
    }

    /// <summary>Lets every claim of this owner lapse, so that a successor need not wait for the lease.</summary>
    public async Task ReleaseAllAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("update kp.publishers set renewed_at = '-infinity' where owner = $1");
        command.Parameters.Add(new() { Value = owner });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The newest done block.</summary>
    public async Task<long> HeadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select seq from kp.head");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
