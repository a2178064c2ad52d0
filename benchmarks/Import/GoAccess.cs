using System.Diagnostics;
using System.Globalization;

namespace KpTelemetry.Benchmarks.Import;

/// <summary>What people use today, on the same file.</summary>
internal static class GoAccess
{
    public static void Run(string file, long lines, string report)
    {
        if (!IsInstalled())
        {
            Console.WriteLine("GoAccess is not installed (Debian: apt-get install goaccess)");
            return;
        }

        var start = new ProcessStartInfo("goaccess", [file, "--log-format=COMBINED", "--no-progress", "--no-global-config", "-o", report])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(process.ExitCode == 0
            ? string.Create(CultureInfo.InvariantCulture, $"GoAccess, same file   {seconds,8:N2} s {lines / seconds,12:N0} lines/s")
            : $"GoAccess failed: {errors.Result.Trim()}");
    }

    private static bool IsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "goaccess")));
}
