using System.Diagnostics;
using System.Text.Json;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Cli.Status;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>A stack of its own, ephemeral, started as <c>kp up --ephemeral --json</c>.</summary>
public sealed class StackProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private StackProcess(Process process, JsonElement ready, Task<string> errors)
    {
        (this.process, this.errors) = (process, errors);
        Ready = ready;
        Home = new StackHome(ready.GetProperty("home").GetString()!, new Uri(ready.GetProperty("ingest").GetString()!).Port);
    }

    /// <summary>The line that it printed when everything answered.</summary>
    public JsonElement Ready { get; }

    /// <summary>Its home and ports.</summary>
    public StackHome Home { get; }

    /// <summary>What its run file says now.</summary>
    public RunFile RunFile => RunFile.ReadLive(Home) ?? throw new InvalidOperationException("the stack does not run");

    /// <summary>The settings with which a command of <c>kp</c> finds it.</summary>
    public (string Name, string Value)[] Environment => [("KP_HOME", Home.Directory)];

    /// <summary>Starts a stack and waits for its line.</summary>
    /// <param name="identity">A command that changes who runs it; empty for the tests' own user.</param>
    /// <param name="environment">Settings.</param>
    internal static async Task<StackProcess> StartAsync(string[]? identity = null, params (string Name, string Value)[] environment)
    {
        var started = Process.Start(Programs.Describe([.. identity ?? [], "dotnet", Programs.Stack, "up", "--ephemeral", "--json"], environment))!;
        started.StandardInput.Close();
        var complaints = started.StandardError.ReadToEndAsync();
        var line = await started.StandardOutput.ReadLineAsync();
        if (line is null)
        {
            throw new InvalidOperationException($"the stack did not start: {await complaints}");
        }

        return new StackProcess(started, JsonDocument.Parse(line).RootElement, complaints);
    }

    /// <summary>Every process of the stack that runs now: the supervisor, what it started, and what those started.</summary>
    public IReadOnlyList<ProcessIdentity> Everyone() =>
        [.. ProcessTree.Members(RunFile.Supervisor.Pid).Select(ProcessIdentity.Of).OfType<ProcessIdentity>()];

    /// <summary>Sends the supervisor a signal.</summary>
    public void Signal(int signal) => Signals.Send(ProcessIdentity.Of(process.Id)!, signal);

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Signal(Signals.Term);
        }

        await process.WaitForExitAsync();
        await errors;
        process.Dispose();
        if (Directory.Exists(Home.Directory))
        {
            Directory.Delete(Home.Directory, recursive: true);
        }
    }
}
