using System.Globalization;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Cli.Stacks;

/// <summary>How the stack's own PostgreSQL is reached; its passwords are keys of the home's key store.</summary>
public static class EmbeddedPostgres
{
    /// <summary>The role that owns the database and every table in it, and no more than that.</summary>
    public const string Owner = "kp";

    /// <summary>The role that initdb makes; used to make the owner and its database, and to ask whether the server answers.</summary>
    public const string Superuser = "postgres";

    // Three services at their limit stay below the server's max_connections with room for tools.
    private const int LargestPool = 16;

    /// <summary>An Npgsql connection string for the database of the services. Holds a password.</summary>
    public static string ConnectionString(StackHome home, int port) =>
        Compose(port, "kp", Owner, Password(home, Owner)) + $";Maximum Pool Size={LargestPool.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>An Npgsql connection string for the superuser, without pooling. Holds a password.</summary>
    public static string SuperuserConnectionString(StackHome home, int port) =>
        Compose(port, "postgres", Superuser, Password(home, Superuser)) + ";Pooling=false;Timeout=5;Command Timeout=5";

    /// <summary>The password of one of the two roles, 64 hexadecimal digits; made where there is none yet.</summary>
    public static string Password(StackHome home, string role)
    {
        using var keys = KeyStore.Open(Path.Combine(home.Directory, "keys"));
        return Convert.ToHexStringLower(keys.GetOrCreate($"postgres-password/{role}"));
    }

    private static string Compose(int port, string database, string role, string password) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database={database};Username={role};Password={password}");
}
