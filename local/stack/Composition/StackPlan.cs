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
    }

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
        ["KP_PORT_BASE"] = servers.Home.PortBase.ToString(CultureInfo.InvariantCulture),
        ["KP_KAFKA"] = servers.Kafka,
        ["KP_CLICKHOUSE"] = servers.ClickHouse,
        ["KP_POSTGRES"] = servers.Postgres,
        ["KP_TRUSTED_PROXIES"] = Environment.GetEnvironmentVariable("KP_TRUSTED_PROXIES") ?? "127.0.0.0/8,::1",
    };

    private static RunningProcess Own(string name) => new(name, ProcessState.External, null, null, null, null, 0, "a server of your own");
}
