using System.Globalization;

namespace KpTelemetry.Cli.Stacks;

/// <summary>
/// A process as (pid, start time): a pid alone is given to another process after the first has ended, and a
/// signal sent to it would hit a stranger.
/// </summary>
/// <param name="Pid">The process id.</param>
/// <param name="StartTicks">Clock ticks after boot at which it started, field 22 of <c>/proc/PID/stat</c>.</param>
public sealed record ProcessIdentity(int Pid, long StartTicks)
{
    /// <summary>The identity of a process that runs now.</summary>
    /// <returns>Null where there is no such process, or only its zombie.</returns>
    public static ProcessIdentity? Of(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The second field is the program's name in parentheses and may hold spaces and parentheses of its own.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether this very process still runs.</summary>
    public bool IsAlive() => Of(Pid) == this;

    /// <summary>Resident memory in bytes; null once it has ended.</summary>
    public long? ResidentBytes()
    {
        try
        {
            var pages = File.ReadAllText($"/proc/{Pid}/statm").Split(' ')[1];
            return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
