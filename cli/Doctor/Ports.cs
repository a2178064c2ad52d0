using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Doctor;

/// <summary>Whether the stack's ports are free for it.</summary>
internal static class Ports
{
    public static IEnumerable<Finding> Examine(StackHome home, RunFile? file)
    {
        if (file is not null)
        {
            yield return Finding.Good("ports", $"the stack has the ports from {file.PortBase}");
            yield break;
        }

        var taken = Enumerable.Range(home.PortBase, StackHome.PortCount).Where(IsTaken).ToList();
        yield return taken.Count == 0
            ? Finding.Good("ports", $"ports {home.PortBase} to {home.PortBase + StackHome.PortCount - 1} are free")
            : Finding.Wrong(
                "ports",
                $"another program has port {string.Join(", ", taken.Select(port => port.ToString(CultureInfo.InvariantCulture)))}",
                "stop that program, or set KP_PORT_BASE to the first of eight free ports");
    }

    private static bool IsTaken(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
