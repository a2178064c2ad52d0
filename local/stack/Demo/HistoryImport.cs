using System.Diagnostics;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Simulator.Logs;
using KpTelemetry.Local.Stack.Up;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary>Plays history: writes each chapter's logs as files and imports them with <c>kp import</c>, as anybody would.</summary>
internal sealed class HistoryImport(StackHome home, Progress progress, TimeProvider time)
{
    private const ulong Seed = 20170913;

    /// <summary>Imports the chapters that are not in yet.</summary>
    /// <exception cref="KpFailure">An import does not succeed.</exception>
    public async Task PlayAsync(CancellationToken cancel)
    {
        var state = DemoState.Read(home, time);
        state.Write(home);
        var chapters = History.Chapters(state.HistoryEnd, Seed);
        for (var chapter = state.ChaptersDone; chapter < chapters.Count; chapter++)
        {
            await Task.WhenAll(chapters[chapter].Select(log => ImportAsync(log, cancel)));
            (state with { ChaptersDone = chapter + 1 }).Write(home);
            progress.Say(string.Create(CultureInfo.InvariantCulture, $"history     {chapters[chapter][0].Start:d MMMM} to {chapters[chapter][0].End:d MMMM}"));
        }
    }

    private async Task ImportAsync(GeneratedLog log, CancellationToken cancel)
    {
        // The file holds addresses, made up as they are: it lies outside the home and ends with its import.
        var folder = Directory.CreateTempSubdirectory("kp-history-");
        try
        {
            var path = Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{log.Site}-{log.Chapter}.log"));
            await using (var file = File.Create(path))
                await log.WriteAsync(file, written: null, cancel);
            await RunAsync(["import", path, "--site", log.Site, "--json"], cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "KpTelemetry.Cli", "release", "kp.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["KP_HOME"] = home.Directory,
                ["KP_PORT_BASE"] = home.PortBase.ToString(CultureInfo.InvariantCulture),
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        await output;
        if (process.ExitCode != ExitCode.Done)
            throw new KpFailure($"history cannot be imported: {FirstLine(await errors)}", "./kp logs shows what the services say; ./kp demo goes on where it stopped");
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Replace("kp: ", "", StringComparison.Ordinal);
}
