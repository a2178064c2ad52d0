using System.ComponentModel;
using System.Diagnostics;

namespace KpTelemetry.Cli.Doctor;

/// <summary>The programs that KpTelemetry needs on the machine.</summary>
internal static class Prerequisites
{
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancel) =>
    [
        Finding.Good("dotnet", $".NET {Environment.Version} runs this command"),
        await ProgramAsync("node", ["--version"], "Node 20 or later", "./kp says how to get it", cancel),
        await ProgramAsync("setpriv", ["--version"], "setpriv, which ties the engines to their supervisor", "install util-linux", cancel),
        await ProgramAsync("setsid", ["--version"], "setsid, which keeps Ctrl-C from the engines", "install util-linux", cancel),
    ];

    private static async Task<Finding> ProgramAsync(string name, string[] arguments, string what, string advice, CancellationToken cancel)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var version = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0
                ? Finding.Good(name, version.Trim() is { Length: > 0 } text && !text.StartsWith(name, StringComparison.Ordinal) ? $"{name} {text}" : version.Trim())
                : Finding.Wrong(name, $"{name} does not run: exit code {process.ExitCode}", advice);
        }
        catch (Win32Exception)
        {
            return Finding.Wrong(name, $"{what} is not installed", advice);
        }
    }
}
