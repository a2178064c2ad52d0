using System.Diagnostics;
using System.Globalization;
using KpTelemetry.Local.Simulator.Logs;

namespace KpTelemetry.Benchmarks.Import;

/// <summary>
/// Lines a second from a log file until they can be queried, through a stack of its own with all its processes, beside
/// GoAccess on the same file in the same run.
/// </summary>
internal static class ImportThroughput
{
    private const string Site = "kp.org";
    private const long StandardLines = 1_000_000;
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 7, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Start.AddDays(7);

    /// <param name="arguments">The number of lines; a million where none is given.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var lines = arguments.Count > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : StandardLines;
        var folder = Directory.CreateTempSubdirectory("kp-bench-import-");
        try
        {
            var file = Path.Combine(folder.FullName, "access.log");
            await using (var stream = File.Create(file))
                await new GeneratedLog(Site, lines, Start, End, Seed: 1).WriteAsync(stream);
            Say($"{lines:N0} generated lines, {new FileInfo(file).Length / 1e6:N0} MB, {Environment.ProcessorCount} cores");
            await ImportAsync(file, lines);
            GoAccess.Run(file, lines, Path.Combine(folder.FullName, "report.json"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ImportAsync(string file, long lines)
    {
        await using var stack = await BenchStack.StartAsync();
        // The same code has run before on a stack that is in use; the first import of a process measures its compiler.
        await WarmUpAsync(stack, Path.GetDirectoryName(file)!);
        using var memory = new MemorySampler(stack.Processes);
        var began = Stopwatch.GetTimestamp();
        var summary = await stack.ImportAsync(file, Site);
        var answered = Stopwatch.GetElapsedTime(began);
        while (await stack.RequestsAsync(Site, Start, End) is var shown && shown != lines)
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
                throw new InvalidOperationException($"{shown} of {lines} requests can be queried");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Say($"file to queryable     {seconds,8:N2} s {lines / seconds,12:N0} lines/s   (kp import returned after {answered.TotalSeconds:N2} s: {summary})");
        memory.Report(Say);
    }

    private static async Task WarmUpAsync(BenchStack stack, string folder)
    {
        var file = Path.Combine(folder, "warm-up.log");
        await using (var stream = File.Create(file))
            await new GeneratedLog("m.kp.org", 50_000, Start, End, Seed: 2).WriteAsync(stream);
        await stack.ImportAsync(file, "m.kp.org");
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
