using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KpTelemetry.Tests.Engines;

/// <summary>
/// Loopback ports that are this process's for as long as it runs, whatever other test processes of the machine do. Below
/// the range from which Linux takes ports for outgoing connections, which could take one between its choice and its use.
/// </summary>
public static class Ports
{
    private const int First = 10_000;
    private const int Last = 19_904;
    private const int InBlock = 8;

    // A lock of a block ends with the process that holds it, so that one that was killed leaves none behind.
    private static readonly List<FileStream> Locks = [];
    private static readonly Lock Gate = new();
    private static int _next, _end;

    /// <summary>One port.</summary>
    public static int Take() => Take(1);

    /// <summary>The first of so many ports in a row, 8 at most.</summary>
    public static int Take(int count)
    {
        lock (Gate)
        {
            while (true)
            {
                if (_next + count > _end)
                    (_next, _end) = LockBlock();
                var taken = _next;
                _next += count;
                if (Enumerable.Range(taken, count).All(IsFree))
                    return taken;
            }
        }
    }

    private static (int Next, int End) LockBlock()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "kp-test-ports-" + Environment.UserName));
        for (var block = First; block < Last; block += InBlock)
        {
            if (TryLock(Path.Combine(directory.FullName, block.ToString(CultureInfo.InvariantCulture))))
                return (block, block + InBlock);
        }

        throw new InvalidOperationException($"no test ports are left between {First} and {Last}");
    }

    private static bool TryLock(string path)
    {
        try
        {
            Locks.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
