using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Local.Stack.Composition;

namespace KpTelemetry.Local.Stack.Up;

/// <summary><c>kp up</c>: the engines and the services, until Ctrl-C.</summary>
internal static class UpCommand
{
    /// <summary>The option that makes a home which ends with the stack.</summary>
    public static readonly Option<bool> Ephemeral = new("--ephemeral")
    {
        Description = "Use a fresh home and free ports, and remove the home at the end",
    };

    public static Command Create()
    {
        var command = new Command("up", "Start the stack: embedded engines and the services, until Ctrl-C") { JsonOutput.Option, Ephemeral };
        command.SetAction((parsed, _) =>
        {
            var json = parsed.GetValue(JsonOutput.Option);
            return StackHost.RunAsync(
                parsed.GetValue(Ephemeral),
                (stack, _) =>
                {
                    Tell(stack.Servers, json);
                    return Task.CompletedTask;
                },
                TimeProvider.System);
        });
        return command;
    }

    private static void Tell(Servers servers, bool json)
    {
        if (json)
        {
            JsonOutput.Write(new
            {
                ready = true,
                ingest = Servers.Address(servers.IngestPort),
                queryApi = Servers.Address(servers.QueryApiPort),
                clickHouse = servers.ClickHouseAddress,
                kafka = servers.Kafka,
                postgres = servers.Postgres,
                home = servers.Home.Directory,
            });
            return;
        }

        Console.WriteLine($"ready: dashboards {Servers.Address(servers.QueryApiPort)}, ingest {Servers.Address(servers.IngestPort)}; Ctrl-C stops all");
    }
}
