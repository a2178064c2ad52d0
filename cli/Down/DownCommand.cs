using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Down;

/// <summary><c>kp down</c>: stops the running stack and waits until it has stopped.</summary>
public static class DownCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("down", "Stop the running stack") { JsonOutput.Option };
        command.SetAction((parsed, cancel) => StopAsync(parsed.GetValue(JsonOutput.Option), TimeProvider.System, cancel));
        return command;
    }

    private static async Task<int> StopAsync(bool json, TimeProvider time, CancellationToken cancel)
    {
        var home = StackHome.FromEnvironment();
        var file = RunFile.ReadLive(home) ?? throw StackInfo.NotRunning(home);
        var began = time.GetTimestamp();
        Signals.Terminate(file.Supervisor);
        while (file.Supervisor.IsAlive())
        {
            if (time.GetElapsedTime(began) > Patience)
            {
                throw new KpFailure(
                    $"the stack (process {file.Supervisor.Pid}) has not stopped after {Patience.TotalSeconds:0} s",
                    "./kp logs shows what it waits for; kill -9 of that process ends it and everything it started");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancel);
        }

        Tell(json, time.GetElapsedTime(began));
        return ExitCode.Done;
    }

    private static void Tell(bool json, TimeSpan took)
    {
        if (json)
        {
            JsonOutput.Write(new { stopped = true, seconds = Math.Round(took.TotalSeconds, 2) });
        }
        else
        {
            Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"stopped in {took.TotalSeconds:0.0} s"));
        }
    }
}
