using System.Globalization;

namespace KpTelemetry.Local.Stack.Homes;

/// <summary>Finds the process that listens on a port, through /proc.</summary>
internal static class PortHolder
{
    private const string Listening = "0A";

    /// <summary>"process 123 (name)"; null where it cannot be seen, as for another user's process.</summary>
    public static string? Find(int port)
    {
        var sockets = Inodes(port).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return null;
        }

        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)))
        {
            if (Holds(folder, sockets))
            {
                return $"process {Path.GetFileName(folder)} ({NameOf(folder)})";
            }
        }

        return null;
    }

    private static IEnumerable<string> Inodes(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (!File.Exists(table))
            {
                continue;
            }

            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[3] == Listening)
                {
                    yield return fields[9];
                }
            }
        }
    }

    private static bool Holds(string folder, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(folder, "fd"))
                .Any(descriptor => File.ResolveLinkTarget(descriptor, returnFinalTarget: false) is { Name: var target } && sockets.Contains(target));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            // Another user's process, or one that has ended since.
            return false;
        }
    }

    private static string NameOf(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "comm")).Trim();
        }
        catch (IOException)
        {
            return "ended since";
        }
    }
}
