using System.Diagnostics;
using System.Globalization;

namespace KpTelemetry.Tests.Engines;

/// <summary>strace on a running process: tells its system calls, or spoils them.</summary>
public sealed class SystemCalls : IDisposable
{
    private const string Program = "/usr/bin/strace";
    private const string Unfinished = " <unfinished ...>";
    private const string Resumed = " resumed>";
    private readonly string _file = Path.GetTempFileName();
    private readonly Process _strace;

    private SystemCalls(int process, string[] what) => _strace = Process.Start(new ProcessStartInfo(
        Program, ["-f", "-y", "-s", "0", "-o", _file, .. what, "-p", process.ToString(CultureInfo.InvariantCulture)])
    {
        UseShellExecute = false,
        RedirectStandardError = true,
    })!;

    /// <summary>Attaches to a process; null where strace is not installed or may not attach.</summary>
    public static async Task<SystemCalls?> TryOfAsync(int process, params string[] what)
    {
        if (!File.Exists(Program))
            return null;
        var calls = new SystemCalls(process, what);
        var first = await calls._strace.StandardError.ReadLineAsync();
        _ = calls._strace.StandardError.ReadToEndAsync();
        if (first?.Contains("attached", StringComparison.Ordinal) is true)
            return calls;
        calls.Dispose();
        return null;
    }

    /// <summary>The calls so far that hold <paramref name="text"/>: what a client was answered came after them.</summary>
    public IReadOnlyList<string> With(string text)
    {
        using var reader = new StreamReader(new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. Whole(reader.ReadToEnd().Split('\n')).Where(line => line.Contains(text, StringComparison.Ordinal))];
    }

    // What another thread does meanwhile cuts a call in two lines; it is told where it began.
    private static List<string> Whole(string[] lines)
    {
        var (calls, begun) = (new List<string>(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var line in lines)
        {
            var thread = line.Split(' ', 2)[0];
            if (line.EndsWith(Unfinished, StringComparison.Ordinal))
                begun[thread] = calls.Count;
            if (line.Contains(Resumed, StringComparison.Ordinal) && begun.Remove(thread, out var at))
                calls[at] = calls[at][..^Unfinished.Length] + line[(line.IndexOf(Resumed, StringComparison.Ordinal) + Resumed.Length)..];
            else
                calls.Add(line);
        }

        return calls;
    }

    public void Dispose()
    {
        _strace.Kill();
        _strace.WaitForExit();
        _strace.Dispose();
        File.Delete(_file);
    }
}
