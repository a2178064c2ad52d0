using System.Reflection;
using Npgsql;

namespace KpTelemetry.Platform.Postgres;

/// <summary>
/// Applies versioned migrations (<c>NNNN_name.sql</c> resources) in order, each in a transaction with its ledger row,
/// under an advisory lock, so that services that start together apply each once.
/// </summary>
public static class PostgresMigrator
{
    private const long LockKey = 0x6B70_6D69_6772;

    /// <summary>Brings the database to the newest version. <paramref name="folder"/> is the resources' prefix, such as <c>postgres/</c>.</summary>
    public static async Task ApplyAsync(NpgsqlDataSource database, Assembly assembly, string folder, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancellation);
        try
        {
            await ExecuteAsync(connection, "create schema if not exists kp; create table if not exists kp.migrations (name text primary key, applied_at timestamptz not null default now())", cancellation);
            var applied = await AppliedAsync(connection, cancellation);
            foreach (var migration in Migrations.In(assembly, folder).Where(m => !applied.Contains(m.Name)))
                await ApplyAsync(connection, migration, cancellation);
        }
        finally
        {
            await ExecuteAsync(connection, $"select pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, migration.Sql, cancellation);
        await using var ledger = new NpgsqlCommand("insert into kp.migrations (name) values ($1)", connection) { Parameters = { new() { Value = migration.Name } } };
        await ledger.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task<HashSet<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select name from kp.migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
            names.Add(reader.GetString(0));
        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}

/// <summary>One migration script.</summary>
public sealed record Migration(string Name, string Sql);

/// <summary>Reads migration scripts from an assembly's resources, in the order of their numbers.</summary>
public static class Migrations
{
    /// <summary>The scripts below <paramref name="folder"/>, by name.</summary>
    public static IEnumerable<Migration> In(Assembly assembly, string folder) =>
        from resource in assembly.GetManifestResourceNames()
        where resource.StartsWith(folder, StringComparison.Ordinal)
        orderby resource
        select new Migration(Path.GetFileNameWithoutExtension(resource), Read(assembly, resource));

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
