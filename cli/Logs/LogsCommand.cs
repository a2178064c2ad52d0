using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Logs;

/// <summary><c>kp logs</c>: the last lines of the services' logs, and what is added to them.</summary>
public static class LogsCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "One process, as ./kp status names it; all where none is named", DefaultValueFactory = _ => null };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is added, until Ctrl-C" };
        var lines = new Option<int>("--lines", "-n") { Description = "How many lines of each log to begin with", DefaultValueFactory = _ => 50 };
        lines.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 0)
            {
                given.AddError("--lines takes a number from 0 upward");
            }
        });
        var command = new Command("logs", "Show the services' logs") { name, follow, lines };
        command.SetAction((parsed, cancel) =>
            ShowAsync(parsed.GetValue(name), parsed.GetValue(follow), parsed.GetValue(lines), cancel));
        return command;
    }

    private static async Task<int> ShowAsync(string? name, bool follow, int lines, CancellationToken cancel)
    {
        var logs = Find(StackHome.FromEnvironment(), name);
        foreach (var log in logs)
        {
            log.PrintLast(lines);
        }

        try
        {
            while (follow)
            {
                logs.ForEach(log => log.PrintNew());
                await Task.Delay(Interval, TimeProvider.System, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how following ends.
        }

        return ExitCode.Done;
    }

    private static List<FollowedLog> Find(StackHome home, string? name)
    {
        var names = Directory.Exists(home.Logs)
            ? Directory.GetFiles(home.Logs, "*.log").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal).ToList()
            : [];
        if (names.Count == 0)
        {
            throw new KpFailure($"there are no logs in {home.Logs}", "start a stack with ./kp demo or ./kp up, or name another home with KP_HOME");
        }

        if (name is not null && !names.Contains(name, StringComparer.Ordinal))
        {
            throw new KpFailure($"there is no log of {name}", $"there are: {string.Join(", ", names)}");
        }

        var shown = name is null ? names : [name];
        var width = shown.Max(one => one.Length);
        return [.. shown.Select(one => new FollowedLog(
            Path.Combine(home.Logs, one + ".log"),
            shown.Count == 1 ? "" : one.PadRight(width) + " | "))];
    }
}
