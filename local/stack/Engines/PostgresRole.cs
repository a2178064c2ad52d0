using Npgsql;

namespace KpTelemetry.Local.Stack.Engines;

/// <summary>Makes the role of the services, and the database that it owns, where they are missing.</summary>
internal static class PostgresRole
{
    /// <param name="connection">A superuser's connection.</param>
    /// <param name="name">The role and the database; a plain identifier.</param>
    /// <param name="password">Hexadecimal digits.</param>
    /// <param name="cancel">Ends the attempt.</param>
    public static async Task EnsureAsync(NpgsqlConnection connection, string name, string password, CancellationToken cancel)
    {
        if (!await ExistsAsync(connection, "select 1 from pg_roles where rolname = $1", name, cancel))
        {
            // The utility statement takes no parameters; both values are of our own making and need no quoting.
            await ExecuteAsync(connection, $"create role {name} login password '{password}'", cancel);
        }

        if (!await ExistsAsync(connection, "select 1 from pg_database where datname = $1", name, cancel))
        {
            await ExecuteAsync(connection, $"create database {name} owner {name}", cancel);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string question, string name, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(question, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancel) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
