using System.Diagnostics;

namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>What a command left.</summary>
internal sealed record KpResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Standard error's first line.</summary>
    public string Reason => Errors.Split('\n', 2)[0];

    public override string ToString() => $"exit {ExitCode}; output: {Output}; errors: {Errors}";
}

/// <summary>Runs the programs as a user's shell would.</summary>
internal static class Kp
{
    /// <summary>Runs a command against a home and waits for its end.</summary>
    public static async Task<KpResult> RunAsync(string home, params string[] arguments)
    {
        using var process = Start(Programs.Kp, arguments, Home(home));
        return await EndAsync(process);
    }

    /// <summary>Starts a command without waiting.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Collects what a started command leaves.</summary>
    public static async Task<KpResult> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        return new KpResult(process.ExitCode, await output, await errors);
    }

    /// <summary>The settings that name a home.</summary>
    public static Dictionary<string, string> Home(string home) => new(StringComparer.Ordinal) { ["KP_HOME"] = home };
}
