using System.Globalization;
using System.Text;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>A process's log, bounded in size: <c>NAME.log</c>, and before it <c>NAME.log.1</c> and <c>NAME.log.2</c>.</summary>
internal sealed class RotatingLog : IDisposable
{
    private const long DefaultLargest = 8 << 20;
    private const int OlderFiles = 2;
    private const int TailBytes = 8192;

    private readonly string path;
    private readonly long largest;
    private readonly Lock gate = new();
    private readonly List<byte> tail = new(TailBytes * 2);
    private FileStream file;

    /// <summary>Opens the log and goes on at its end.</summary>
    public RotatingLog(string path, long largest = DefaultLargest)
    {
        this.path = path;
        this.largest = largest;
        file = Open();
    }

    /// <summary>Writes a line of the supervisor's own.</summary>
    public void Note(string text, DateTimeOffset at)
    {
        Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"--- {at:yyyy-MM-ddTHH:mm:ssZ} {text}\n")));
        lock (gate)
        {
            tail.Clear();
        }
    }

    /// <summary>Copies a stream into the log until it ends.</summary>
    public async Task PumpAsync(Stream source)
    {
        var buffer = new byte[16384];
        int read;
        while ((read = await source.ReadAsync(buffer)) > 0)
        {
            Append(buffer.AsSpan(0, read));
        }
    }

    /// <summary>The line that tells best why the process ended, of what it wrote since the last <see cref="Note"/>; null where it wrote none.</summary>
    public string? LastReason()
    {
        string[] lines;
        lock (gate)
        {
            lines = Encoding.UTF8.GetString([.. tail]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        return lines.LastOrDefault(IsVerdict)?.Trim() ?? lines.LastOrDefault(line => !IsAside(line))?.Trim();
    }

    public void Dispose()
    {
        lock (gate)
        {
            file.Dispose();
        }
    }

    private static bool IsVerdict(string line) =>
        line.StartsWith("Unhandled exception", StringComparison.Ordinal)
        || line.Contains("FATAL:", StringComparison.Ordinal)
        || line.StartsWith("kp: ", StringComparison.Ordinal);

    // Stack frames, and the hints that follow a reason.
    private static bool IsAside(string line) => line.StartsWith("   ", StringComparison.Ordinal) || line.StartsWith("hint:", StringComparison.Ordinal);

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            if (file.Length + bytes.Length > largest)
            {
                Rotate();
            }

            file.Write(bytes);
            file.Flush();
            tail.AddRange(bytes);
            if (tail.Count > TailBytes)
            {
                tail.RemoveRange(0, tail.Count - TailBytes);
            }
        }
    }

    private void Rotate()
    {
        file.Dispose();
        for (var older = OlderFiles; older >= 1; older--)
        {
            var from = older == 1 ? path : $"{path}.{older - 1}";
            if (File.Exists(from))
            {
                File.Move(from, $"{path}.{older}", overwrite: true);
            }
        }

        file = Open();
    }

    private FileStream Open() => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
