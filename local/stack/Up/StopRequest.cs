using System.Runtime.InteropServices;

namespace KpTelemetry.Local.Stack.Up;

/// <summary>Turns Ctrl-C, SIGTERM, SIGHUP and SIGQUIT into the wish to stop in good order.</summary>
internal sealed class StopRequest : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopRequest() => registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
            .Select(signal => PosixSignalRegistration.Create(signal, Stop)),
    ];

    /// <summary>Cancelled once the stack is to stop.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // Without this the runtime ends the process at once and the kernel kills the children.
        context.Cancel = true;
        source.Cancel();
    }
}
