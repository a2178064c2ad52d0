using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Status;

/// <summary><c>kp status</c>: what runs, in words and numbers.</summary>
public static class StatusCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("status", "Show what runs") { JsonOutput.Option };
        command.SetAction((parsed, cancel) => ShowAsync(parsed.GetValue(JsonOutput.Option), TimeProvider.System, cancel));
        return command;
    }

    private static async Task<int> ShowAsync(bool json, TimeProvider time, CancellationToken cancel)
    {
        var home = StackHome.FromEnvironment();
        var file = RunFile.ReadLive(home);
        if (file is null && !json)
        {
            throw StackInfo.NotRunning(home);
        }

        var report = await StackStatus.TakeAsync(home, file, time, cancel);
        if (json)
        {
            JsonOutput.Write(report);
        }
        else
        {
            StatusTable.Print(report);
        }

        return report.Running ? ExitCode.Done : ExitCode.Failed;
    }
}
