using System.Diagnostics;
using System.Text;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>curl itself, for what a library would smooth over: raw encodings, broken bodies, exit codes.</summary>
internal static class Curl
{
    public sealed record Answer(int ExitCode, byte[] Output)
    {
        public string Text => Encoding.UTF8.GetString(Output);
    }

    public static Task<Answer> RunAsync(params string[] arguments) => PipeAsync([], "curl", ["-sS", "-g", .. arguments]);

    public static Task<Answer> RunAsync(byte[] body, params string[] arguments) => PipeAsync(body, "curl", ["-sS", "-g", "--data-binary", "@-", .. arguments]);

    /// <summary>Runs a program with bytes on its standard input.</summary>
    public static async Task<Answer> PipeAsync(byte[] input, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await Task.WhenAll(reading, errors, process.WaitForExitAsync());
        return new Answer(process.ExitCode, output.ToArray());
    }
}
