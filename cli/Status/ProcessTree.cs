using System.Globalization;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Status;

/// <summary>A process together with the processes that it started: PostgreSQL has one per connection.</summary>
public static class ProcessTree
{
    /// <summary>
    /// Bytes that the tree holds, as Linux divides shared pages among those who share them (PSS); PostgreSQL's shared
    /// buffers would otherwise count once per backend. Where that cannot be read, resident bytes of the root alone.
    /// </summary>
    public static long? ResidentBytes(ProcessIdentity root)
    {
        if (!root.IsAlive())
        {
            return null;
        }

        var sum = 0L;
        foreach (var pid in Members(root.Pid))
        {
            if (ProportionalBytes(pid) is not { } bytes)
            {
                return root.ResidentBytes();
            }

            sum += bytes;
        }

        return sum;
    }

    /// <summary>A process and every process below it that runs now.</summary>
    public static IEnumerable<int> Members(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .ToLookup(ParentOf);
        var open = new Queue<int>([root]);
        while (open.TryDequeue(out var pid))
        {
            yield return pid;
            foreach (var child in parents[pid])
            {
                open.Enqueue(child);
            }
        }
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static long? ProportionalBytes(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan(4).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
