using System.Globalization;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Stack.Engines;
using KpTelemetry.Local.Stack.Supervision;

namespace KpTelemetry.Local.Stack.Composition;

/// <summary>What the stack consists of. To add a process, add its line.</summary>
internal sealed class StackPlan(Servers servers, Probes probes)
{
    /// <summary>Stages in the order in which they start; what stands in one stage starts side by side.</summary>
    public IReadOnlyList<IReadOnlyList<ComponentSpec>> Stages =>
    [
        [.. Engines()],
        [
            Service("ingest", "KpTelemetry.Ingest", heapMegabytes: 384, [servers.IngestPort, servers.IngestOperationsPort], servers.IngestOperationsPort),
            Service("processors", "KpTelemetry.Processors", heapMegabytes: 2048, [servers.ProcessorsOperationsPort], servers.ProcessorsOperationsPort),
            Service("query-api", "KpTelemetry.QueryApi", heapMegabytes: 256, [servers.QueryApiPort, servers.QueryApiOperationsPort], servers.QueryApiOperationsPort),
        ],
    ];

    /// <summary>The user's own servers, by the name of the engine that each replaces.</summary>
    public IEnumerable<RunningProcess> External()
    {
        if (servers.OwnPostgres is not null)
        {
            yield return Own("postgres");
        }

        if (servers.OwnKafka is not null)
        {
            yield return Own("kafka");
        }

        if (servers.OwnClickHouse is not null)
        {
            yield return Own("clickhouse");
        }
    }

    private IEnumerable<ComponentSpec> Engines()
    {
        if (servers.OwnPostgres is null)
        {
            yield return new PostgresEngine(servers.Home, servers.PostgresPort).Spec;
        }

        if (servers.OwnKafka is null)
        {
            yield return new("kafka", [servers.KafkaPort], StartKafka, cancel => Probes.KafkaAsync(servers.KafkaPort, cancel));
        }

        if (servers.OwnClickHouse is null)
        {
            yield return new("clickhouse", [servers.ClickHousePort], StartClickHouse, cancel => probes.HttpAsync($"{servers.ClickHouseAddress}/ping", cancel))
            {
                HealthAddress = $"{servers.ClickHouseAddress}/ping",
            };
        }
    }

    private Task<Launch> StartKafka(CancellationToken cancel) => Task.FromResult(DotNetProgram.Of(
        "KpTelemetry.Local.Broker",
        heapMegabytes: 384,
        ["--home", servers.Home.Folder("kafka"), "--port", Text(servers.KafkaPort)]));

    private Task<Launch> StartClickHouse(CancellationToken cancel) => Task.FromResult(DotNetProgram.Of(
        "KpTelemetry.Local.ClickHouse",
        heapMegabytes: 256,
        ["--home", servers.Home.Folder("clickhouse"), "--port", Text(servers.ClickHousePort),
         "--library", EngineFiles.ClickHouse ?? throw EngineMissing.Of("The ClickHouse engine", "KP_CLICKHOUSE")]));

    private ComponentSpec Service(string name, string project, int heapMegabytes, IReadOnlyList<int> ports, int operations) => new(
        name,
        ports,
        _ => Task.FromResult(DotNetProgram.Of(project, heapMegabytes, [], ServiceSettings())),
        cancel => probes.HttpAsync($"{Servers.Address(operations)}/health/ready", cancel))
    {
        WhyNotAliveAsync = cancel => probes.HttpAsync($"{Servers.Address(operations)}/health/live", cancel),
        HealthAddress = $"{Servers.Address(operations)}/health/ready",
    };

    private Dictionary<string, string> ServiceSettings() => new(StringComparer.Ordinal)
    {
        ["KP_HOME"] = servers.Home.Directory,
        ["KP_PORT_BASE"] = Text(servers.Home.PortBase),
        ["KP_KAFKA"] = servers.Kafka,
        ["KP_CLICKHOUSE"] = servers.ClickHouse,
        ["KP_POSTGRES"] = servers.Postgres,
        ["KP_TRUSTED_PROXIES"] = Environment.GetEnvironmentVariable("KP_TRUSTED_PROXIES") ?? "127.0.0.0/8,::1/128",
        ["KP_ALLOW_LOOPBACK"] = Environment.GetEnvironmentVariable("KP_ALLOW_LOOPBACK") ?? "1",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static RunningProcess Own(string name) => new(name, ProcessState.External, null, null, null, null, 0, "a server of your own");
}
