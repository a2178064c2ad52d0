using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Local.Simulator.Logs;

namespace KpTelemetry.Local.Stack.Simulate;

/// <summary>Writes a generated log.</summary>
internal static class LogWriting
{
    public static async Task<int> RunAsync(string file, string site, long lines, DateTimeOffset start, int days, ulong seed, CancellationToken cancel)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        try
        {
            await using var target = file == "-" ? Console.OpenStandardOutput() : System.IO.File.Create(file);
            await new GeneratedLog(site, lines, start, start.AddDays(days), seed).WriteAsync(target, written: null, cancel);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KpFailure($"the log cannot be written to {file}: {exception.Message}", "name a file in a directory that exists and has room");
        }

        var seconds = time.GetElapsedTime(began).TotalSeconds;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lines} lines in {seconds:0.0} s ({lines / seconds:0} lines/s)"));
        return ExitCode.Done;
    }
}
