using System.Reflection;
using KpTelemetry.Platform.Postgres;

namespace KpTelemetry.Platform.ClickHouse;

/// <summary>
/// Applies versioned migrations (<c>NNNN_name.sql</c> resources, one statement each) in order. ClickHouse has no
/// transactions over DDL, so a migration is written in its ledger after it ran, and each must bear being run again:
/// tables are made <c>IF NOT EXISTS</c>.
/// </summary>
public static class ClickHouseMigrator
{
    private const string Ledger = "kp_migrations";

    /// <summary>Brings the database to the newest version. <paramref name="folder"/> is the resources' prefix, such as <c>clickhouse/</c>.</summary>
    public static async Task ApplyAsync(ClickHouseStore store, Assembly assembly, string folder, CancellationToken cancellation)
    {
        await store.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {Ledger} (name String, applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY name", cancellation);
        var applied = await AppliedAsync(store, cancellation);
        foreach (var migration in Migrations.In(assembly, folder).Where(m => !applied.Contains(m.Name)))
            await ApplyAsync(store, migration, cancellation);
    }

    private static async Task ApplyAsync(ClickHouseStore store, Migration migration, CancellationToken cancellation)
    {
        await store.ExecuteAsync(migration.Sql, cancellation);
        await store.ExecuteAsync($"INSERT INTO {Ledger} (name) SELECT {{name:String}} SETTINGS async_insert = 0", cancellation, ("name", migration.Name));
    }

    private static async Task<HashSet<string>> AppliedAsync(ClickHouseStore store, CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var name in store.QueryAsync($"SELECT name FROM {Ledger}", reader => reader.GetString(0), cancellation))
            names.Add(name);
        return names;
    }
}
