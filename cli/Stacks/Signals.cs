using System.ComponentModel;
using System.Runtime.InteropServices;
using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Stacks;

/// <summary>Sends signals to processes; the framework itself can only kill.</summary>
public static partial class Signals
{
    /// <summary>SIGINT: PostgreSQL's fast shutdown.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>SIGTERM: an orderly stop.</summary>
    public const int Term = 15;

    private const int NoSuchProcess = 3;
    private const int NotPermitted = 1;

    /// <summary>Asks a process to stop; nothing happens where it has ended already.</summary>
    /// <exception cref="KpFailure">It belongs to another user.</exception>
    public static void Terminate(ProcessIdentity process) => Send(process, Term);

    /// <summary>Sends a signal to a process; nothing happens where it has ended already.</summary>
    /// <exception cref="KpFailure">It belongs to another user.</exception>
    public static void Send(ProcessIdentity process, int signal)
    {
        if (!process.IsAlive() || SendTo(process.Pid, signal) == 0)
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error == NotPermitted)
        {
            throw new KpFailure($"process {process.Pid} belongs to another user", "run the command as the user who started the stack");
        }

        if (error != NoSuchProcess)
        {
            throw new Win32Exception(error);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendTo(int pid, int signal);
}
