using System.Net;
using System.Net.Sockets;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Homes;

/// <summary>Finds free ports, and says who has one that is not free.</summary>
internal static class StackPorts
{
    // Below the range from which Linux takes ports for outgoing connections, which come and go.
    private const int LowestEphemeral = 20_000;
    private const int HighestEphemeral = 32_000;
    private const int Bases = (HighestEphemeral - LowestEphemeral) / StackHome.PortCount;

    // Has no divisor in common with their number, so that all are tried.
    private const int Stride = 7;

    /// <summary>Returns where every port is free.</summary>
    /// <exception cref="KpFailure">One is not; the message says who has it, where that can be seen.</exception>
    public static void RequireFree(IEnumerable<(string Name, int Port)> wanted)
    {
        foreach (var (name, port) in wanted)
        {
            if (!IsFree(port))
            {
                var holder = PortHolder.Find(port);
                throw new KpFailure(
                    $"port {port} for {name} is taken{(holder is null ? "" : $" by {holder}")}",
                    "stop that program, or set KP_PORT_BASE to the first of eight free ports, for example 8700");
            }
        }
    }

    /// <summary>The first of as many free ports in a row as a stack takes.</summary>
    /// <exception cref="KpFailure">None was found.</exception>
    public static int FindBase()
    {
        // Ports are taken some seconds after they were found free: stacks that start at the same time begin at different ones.
        for (var attempt = 0; attempt < Bases; attempt++)
        {
            var candidate = LowestEphemeral + ((Environment.ProcessId + (attempt * Stride)) % Bases * StackHome.PortCount);
            if (Enumerable.Range(candidate, StackHome.PortCount).All(IsFree))
            {
                return candidate;
            }
        }

        throw new KpFailure("no eight free ports in a row were found", "set KP_PORT_BASE to the first of eight free ports");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
