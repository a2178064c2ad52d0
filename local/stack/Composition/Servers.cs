using System.Data.Common;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Local.Stack.Composition;

/// <summary>Where Kafka, ClickHouse and PostgreSQL are: the user's own servers where settings name them, else the embedded engines.</summary>
/// <param name="Home">The stack's home.</param>
/// <param name="OwnKafka">KP_KAFKA, bootstrap servers; null where it is not set.</param>
/// <param name="OwnClickHouse">KP_CLICKHOUSE, an HTTP address or a ClickHouse.Driver connection string; null where it is not set.</param>
/// <param name="OwnPostgres">KP_POSTGRES, an Npgsql connection string; null where it is not set.</param>
internal sealed record Servers(StackHome Home, string? OwnKafka, string? OwnClickHouse, string? OwnPostgres)
{
    /// <summary>Reads the environment.</summary>
    /// <exception cref="KpFailure">A setting cannot be used; all of them are named, before anything starts.</exception>
    public static Servers FromEnvironment(StackHome home)
    {
        try
        {
            KpSettings.FromEnvironment();
        }
        catch (SettingsException wrong)
        {
            throw new KpFailure(wrong.Message, "docs/SETTINGS.md says what each may be");
        }

        return new(home, Read("KP_KAFKA"), Read("KP_CLICKHOUSE"), Read("KP_POSTGRES"));
    }

    public int IngestPort => Home.PortBase;

    public int QueryApiPort => Home.PortBase + 1;

    public int ClickHousePort => Home.PortBase + 2;

    public int KafkaPort => Home.PortBase + 3;

    public int PostgresPort => Home.PortBase + 4;

    public int IngestOperationsPort => Home.PortBase + 5;

    public int ProcessorsOperationsPort => Home.PortBase + 6;

    public int QueryApiOperationsPort => Home.PortBase + 7;

    /// <summary>HOST:PORT.</summary>
    public string Kafka => OwnKafka ?? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{KafkaPort}");

    /// <summary>As KP_CLICKHOUSE takes it; may hold a password.</summary>
    public string ClickHouse => OwnClickHouse ?? Address(ClickHousePort);

    /// <summary>An Npgsql connection string; holds a password.</summary>
    public string Postgres => OwnPostgres ?? EmbeddedPostgres.ConnectionString(Home, PostgresPort);

    /// <summary>ClickHouse's HTTP address without credentials, for those who look.</summary>
    public string ClickHouseAddress
    {
        get
        {
            if (Uri.TryCreate(ClickHouse, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
            }

            var parts = new DbConnectionStringBuilder { ConnectionString = ClickHouse };
            var protocol = parts.TryGetValue("Protocol", out var given) ? given : "http";
            return $"{protocol}://{(parts.TryGetValue("Host", out var host) ? host : "localhost")}:{(parts.TryGetValue("Port", out var port) ? port : "8123")}";
        }
    }

    public static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
