using System.Collections.Frozen;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Refreshing;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Schemas.Sites;
using Npgsql;

namespace KpTelemetry.Ingest.Sites;

/// <summary>The sites that are defined, from PostgreSQL; answers from memory while PostgreSQL is away.</summary>
public sealed class SiteDirectory(NpgsqlDataSource database, PolicyDirectory policies, TimeProvider time, ILogger<SiteDirectory> log)
    : RefreshedRegister(RefreshEvery, "site definitions", time, log)
{
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefreshOnMissEvery = TimeSpan.FromSeconds(1);

    private FrozenDictionary<string, Known> _known = FrozenDictionary<string, Known>.Empty;
    private long _refreshedAt;

    private sealed record Known(SiteDefinition Definition, SiteStamp Stamp)
    {
        // Made anew when another revision takes effect, so that every event is stamped with the one in force at its receipt.
        public SiteStamp Under(string policy) => Stamp.Policy == policy ? Stamp : new SiteStamp(Stamp) { Policy = policy };
    }

    /// <summary>Every site's definition in force, by name.</summary>
    public IEnumerable<SiteDefinition> All => _known.Values.Select(known => known.Definition).OrderBy(site => site.Name, StringComparer.Ordinal);

    /// <summary>What is stamped on events of the site; null where none of that name is defined. Shared: never write to it.</summary>
    public async ValueTask<SiteStamp?> FindAsync(string name, CancellationToken cancellation)
    {
        if (_known.TryGetValue(name, out var known))
            return known.Under(policies.InForce.Name);
        // Names of sites that do not exist cost one look-up a second, whoever asks how often.
        if (_refreshedAt != 0 && Time.GetElapsedTime(_refreshedAt) < RefreshOnMissEvery)
            return null;
        await TryRefreshAsync(cancellation);
        return _known.TryGetValue(name, out known) ? known.Under(policies.InForce.Name) : null;
    }

    /// <summary>Defines the sites that exist from the start, where they are missing.</summary>
    public async Task SeedAsync(CancellationToken cancellation)
    {
        foreach (var site in SiteDefinition.BuiltIn)
            await TryAddAsync(site, cancellation);
        await RefreshAsync(cancellation);
    }

    /// <summary>Defines a site. False where one of that name is defined already, and nothing is changed.</summary>
    public Task<bool> TryAddAsync(SiteDefinition site, CancellationToken cancellation) => TryInsertAsync(
        """
        insert into kp.sites (name, revision, timezone, hosts, routes, events, campaigns, created_at)
        select $1, $2, $3, $4, $5, $6, $7, $8 where not exists (select 1 from kp.sites where name = $1) on conflict do nothing
        """,
        site,
        cancellation);

    /// <summary>Makes a revision of a site; events that are received from then on carry it. False where another one came first.</summary>
    public Task<bool> TryReviseAsync(SiteDefinition site, CancellationToken cancellation) => TryInsertAsync(
        "insert into kp.sites (name, revision, timezone, hosts, routes, events, campaigns, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        site,
        cancellation);

    private async Task<bool> TryInsertAsync(string sql, SiteDefinition site, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(site.Name);
        command.Parameters.AddWithValue(site.Revision);
        command.Parameters.AddWithValue(site.TimeZone);
        command.Parameters.AddWithValue(site.Hosts.ToArray());
        command.Parameters.AddWithValue(site.Labels.Routes.ToArray());
        command.Parameters.AddWithValue(site.Labels.Events.ToArray());
        command.Parameters.AddWithValue(site.Labels.Campaigns.ToArray());
        command.Parameters.AddWithValue(Time.GetUtcNow());
        var added = await command.ExecuteNonQueryAsync(cancellation) == 1;
        await RefreshAsync(cancellation);
        return added;
    }

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellation)
    {
        _refreshedAt = Time.GetTimestamp();
        await policies.RefreshAsync(cancellation);
        await using var command = database.CreateCommand("select distinct on (name) name, revision, timezone, hosts, routes, events, campaigns from kp.sites order by name, revision desc");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var known = new Dictionary<string, Known>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
        {
            var site = new SiteDefinition(reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetFieldValue<string[]>(3))
            {
                Labels = new SiteLabels(reader.GetFieldValue<string[]>(4), reader.GetFieldValue<string[]>(5), reader.GetFieldValue<string[]>(6)),
            };
            known[site.Name] = new Known(site, StampOf(site, policies.InForce.Name));
        }

        _known = known.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static SiteStamp StampOf(SiteDefinition site, string policy) => new()
    {
        Name = site.Name,
        Revision = (uint)site.Revision,
        Timezone = site.TimeZone,
        Hosts = { site.Hosts },
        Policy = policy,
        Routes = { site.Labels.Routes },
        Events = { site.Labels.Events },
        Campaigns = { site.Labels.Campaigns },
    };
}
