using System.Globalization;
using System.Net;

namespace KpTelemetry.Platform.Settings;

/// <summary>
/// Where things are: the settings that every part shares, from environment variables (docs/SETTINGS.md). Loopback
/// addresses throughout; a production deployment names servers.
/// </summary>
public sealed record KpSettings
{
    /// <summary><c>KP_HOME</c>, an absolute directory. Default <c>.kp</c> below the current directory.</summary>
    public required string Home { get; init; }

    /// <summary><c>KP_PORT_BASE</c>, 1 to 65,500. Default 8600: ingest +0, query API +1, ClickHouse +2, Kafka +3, PostgreSQL +4, operations of ingest +5, processors +6, query API +7.</summary>
    public required int PortBase { get; init; }

    /// <summary><c>KP_KAFKA</c>, bootstrap servers.</summary>
    public required string Kafka { get; init; }

    /// <summary><c>KP_CLICKHOUSE</c>, a ClickHouse.Driver connection string or an HTTP address.</summary>
    public required string ClickHouse { get; init; }

    /// <summary><c>KP_POSTGRES</c>, an Npgsql connection string. May hold a password: never logged.</summary>
    public required string Postgres { get; init; }

    /// <summary><c>KP_PARTITIONS</c>, 1 to 256: partitions of a topic that does not exist yet. Default 2.</summary>
    public required int Partitions { get; init; }

    public int IngestPort => PortBase;
    public int QueryApiPort => PortBase + 1;
    public int IngestOperationsPort => PortBase + 5;
    public int ProcessorsOperationsPort => PortBase + 6;
    public int QueryApiOperationsPort => PortBase + 7;

    /// <summary>The key store's directory.</summary>
    public string KeysDirectory => Path.Combine(Home, "keys");

    /// <summary>Where ingest spools what Kafka does not take.</summary>
    public string SpoolDirectory => Path.Combine(Home, "spool");

    /// <summary>Reads the environment. Throws <see cref="SettingsException"/> naming every setting that cannot be used, never a value.</summary>
    public static KpSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="FromEnvironment"/>, from any source of values.</summary>
    public static KpSettings From(Func<string, string?> read)
    {
        var problems = new List<string>();
        var portBase = Number("KP_PORT_BASE", 8600, 1, 65_500);
        var settings = new KpSettings
        {
            Home = Path.GetFullPath(Value("KP_HOME") ?? ".kp"),
            PortBase = portBase,
            Kafka = Server("KP_KAFKA", ServerAddress.IsBootstrapList, "HOST:PORT, or several with commas between") ?? Loopback(portBase + 3),
            ClickHouse = Server("KP_CLICKHOUSE", ServerAddress.IsClickHouse, "an address such as http://HOST:8123, or a connection string with Host=") ?? $"http://{Loopback(portBase + 2)}",
            Postgres = Server("KP_POSTGRES", ServerAddress.IsPostgres, "a connection string such as Host=…;Username=…;Database=…") ?? $"Host=127.0.0.1;Port={(portBase + 4).ToString(CultureInfo.InvariantCulture)};Database=kp;Username=kp",
            Partitions = Number("KP_PARTITIONS", 2, 1, 256),
        };
        return problems.Count == 0 ? settings : throw new SettingsException(problems);

        string? Value(string name) => read(name) is { Length: > 0 } value ? value : null;

        string? Server(string name, Predicate<string> isUsable, string form)
        {
            if (Value(name) is not { } value || isUsable(value))
                return Value(name);
            problems.Add($"{name} must be {form}");
            return null;
        }

        string Loopback(int port) => new IPEndPoint(IPAddress.Loopback, port).ToString();

        int Number(string name, int standard, int from, int to)
        {
            if (Value(name) is not { } text)
                return standard;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)
                return number;
            problems.Add($"{name} must be a whole number from {from} to {to}");
            return standard;
        }
    }
}

/// <summary>Settings that cannot be used; the message lists all of them at once.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join("; ", problems))
{
    /// <summary>One sentence a setting.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
