using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>Starts child processes that cannot outlive the supervisor, not even its kill -9.</summary>
/// <remarks>
/// The kernel sends a child its parent-death signal when the <em>thread</em> that started it ends. Pool threads end when
/// they are idle, which would kill healthy children, so all are started from one thread that lives as long as the process.
/// Each child has a session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops them in order.
/// </remarks>
internal sealed class ChildLauncher : IDisposable
{
    private readonly BlockingCollection<Action> work = [];

    public ChildLauncher() => new Thread(Work) { IsBackground = true, Name = "child launcher" }.Start();

    /// <summary>Starts a process; its output goes to <paramref name="log"/>.</summary>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public Task<Child> StartAsync(Launch launch, RotatingLog log)
    {
        var started = new TaskCompletionSource<Child>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                started.SetResult(new Child(Process.Start(Describe(launch))!, log));
            }
            catch (Win32Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    public void Dispose() => work.CompleteAdding();

    private void Work()
    {
        foreach (var start in work.GetConsumingEnumerable())
        {
            start();
        }
    }

    private static ProcessStartInfo Describe(Launch launch)
    {
        // setsid and setpriv each become what they start: the child has the pid that the supervisor knows.
        var info = new ProcessStartInfo("setsid", ["setpriv", "--pdeathsig", launch.DeathSignal, .. launch.Identity, "--", launch.Program, .. launch.Arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in launch.Environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }
}
