using System.Diagnostics;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>A running child process whose output flows into a log.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task output;

    public Child(Process process, RotatingLog log)
    {
        this.process = process;
        process.StandardInput.Close();
        Identity = ProcessIdentity.Of(process.Id);
        output = Task.WhenAll(log.PumpAsync(process.StandardOutput.BaseStream), log.PumpAsync(process.StandardError.BaseStream));
        Exited = AwaitExitAsync();
    }

    /// <summary>Who it is; null where it ended at once.</summary>
    public ProcessIdentity? Identity { get; }

    /// <summary>Completes with its exit code (128 + signal where a signal ended it) once it has ended and its output is in the log.</summary>
    public Task<int> Exited { get; }

    /// <summary>Asks it to stop and, after <paramref name="patience"/>, kills it. Returns when it has ended.</summary>
    public async Task StopAsync(int signal, TimeSpan patience, TimeProvider time)
    {
        Send(signal);
        try
        {
            await Exited.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            Send(Signals.Kill);
            await Exited;
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill() => Send(Signals.Kill);

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        process.Dispose();
    }

    private void Send(int signal)
    {
        if (Identity is not null)
        {
            Signals.Send(Identity, signal);
        }
    }

    private async Task<int> AwaitExitAsync()
    {
        await process.WaitForExitAsync();

        // A grandchild may hold the pipe open: what the child itself wrote is there within moments of its end.
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        return process.ExitCode;
    }
}
