using System.Diagnostics;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>Runs the built programs as a person would, each a process of its own.</summary>
internal static class Programs
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static string Stack => Built("KpTelemetry.Local.Stack", "KpTelemetry.Local.Stack.dll");

    public static string Cli => Built("KpTelemetry.Cli", "kp.dll");

    /// <summary>The front door.</summary>
    public static string FrontDoor => Path.Combine(RepositoryRoot.Path, "kp");

    /// <summary>Runs one of our programs to its end.</summary>
    public static Task<Ended> RunAsync(string program, string[] arguments, params (string Name, string Value)[] environment) =>
        RunToEndAsync(Describe(["dotnet", program, .. arguments], environment));

    /// <summary>Runs any command to its end.</summary>
    public static async Task<Ended> RunToEndAsync(ProcessStartInfo info)
    {
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Ended(process.ExitCode, await output, await errors);
    }

    /// <summary>A command with the environment of someone who has set nothing but what is given.</summary>
    public static ProcessStartInfo Describe(string[] command, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("KP_", StringComparison.Ordinal)).ToList())
        {
            info.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private static string Built(string project, string file) => Path.Combine(RepositoryRoot.Path, "artifacts", "bin", project, "release", file);
}

/// <summary>How a program ended.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors)
{
    /// <summary>The reason of the error form: the line that begins with "kp: ".</summary>
    public string Reason => ErrorLines.FirstOrDefault(line => line.StartsWith("kp: ", StringComparison.Ordinal)) ?? "";

    /// <summary>The line that follows the reason.</summary>
    public string Hint => ErrorLines.SkipWhile(line => !line.StartsWith("kp: ", StringComparison.Ordinal)).Skip(1).FirstOrDefault() ?? "";

    /// <summary>What it wrote to standard error.</summary>
    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
