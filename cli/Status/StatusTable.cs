using System.Globalization;
using KpTelemetry.Cli.Stacks;
using Spectre.Console;

namespace KpTelemetry.Cli.Status;

/// <summary>The status for someone who looks.</summary>
internal static class StatusTable
{
    /// <summary>Prints the processes as a table, the addresses and the sum of memory below it.</summary>
    public static void Print(StackStatus status)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["process", "state", "port", "pid", "memory", "uptime", "restarts", "health"])
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        table.Columns[^1].NoWrap = false;
        foreach (var process in status.Processes)
        {
            table.AddRow(
                Markup.Escape(process.Name),
                $"[{Colour(process.State)}]{Word(process.State)}[/]",
                Number(process.Port),
                Number(process.Pid),
                Memory(process.MemoryBytes),
                Uptime(process.UptimeSeconds),
                Number(process.Restarts),
                Markup.Escape(process.Health));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{(status.Ready ? "ready" : "not ready")}; {Memory(status.MemoryBytes)} in all; dashboards {status.QueryApi}, ingest {status.Ingest}");
        AnsiConsole.WriteLine($"home {status.Home}");
    }

    private static string Word(ProcessState state) => state == ProcessState.BackingOff ? "backing off" : state.ToString().ToLowerInvariant();

    private static string Colour(ProcessState state) => state switch
    {
        ProcessState.Ready or ProcessState.External => "green",
        ProcessState.Starting => "yellow",
        _ => "red",
    };

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Memory(long? bytes) => bytes is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value / 1048576.0:0} MB") : "";

    private static string Uptime(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(Math.Floor(value)).ToString("c", CultureInfo.InvariantCulture) : "";
}
