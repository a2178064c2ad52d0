using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace KpTelemetry.Platform.Settings;

/// <summary>Whether what names a server could name one. Nothing is connected to.</summary>
internal static class ServerAddress
{
    /// <summary>HOST:PORT, several with commas between.</summary>
    public static bool IsBootstrapList(string value) => value.Split(',').All(server =>
        server.Trim().LastIndexOf(':') is > 0 and var colon && ushort.TryParse(server.Trim()[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0);

    /// <summary>An HTTP address, or a connection string that names a host.</summary>
    public static bool IsClickHouse(string value) =>
        (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") || IsConnectionString(() => new DbConnectionStringBuilder { ConnectionString = value }.ContainsKey("Host"));

    /// <summary>A connection string that Npgsql reads and that names a host.</summary>
    public static bool IsPostgres(string value) => IsConnectionString(() => new NpgsqlConnectionStringBuilder(value).Host is { Length: > 0 });

    private static bool IsConnectionString(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
