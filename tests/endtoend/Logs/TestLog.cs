using System.IO.Compression;
using System.Text;
using KpTelemetry.EndToEnd.Tests.Stacks;
using KpTelemetry.Local.Simulator.Logs;

namespace KpTelemetry.EndToEnd.Tests.Logs;

/// <summary>A log file on disk, and what a hand count makes of it.</summary>
internal sealed class TestLog : IDisposable
{
    private readonly string _folder;

    private TestLog(string folder, string file, string zone)
    {
        (_folder, Path, Zone) = (folder, file, zone);
        Lines = File.ReadAllLines(file, Encoding.UTF8);
        Model = LogModel.Of(Lines, TimeZoneInfo.FindSystemTimeZoneById(zone));
    }

    public string Path { get; }

    public string Zone { get; }

    public string[] Lines { get; }

    public LogModel Model { get; }

    /// <summary>The sample log, which lies beside the repository; null where it does not.</summary>
    public static TestLog? Sample()
    {
        var file = System.IO.Path.GetFullPath(System.IO.Path.Combine(Programs.Root, "..", "shared", "data", "apache_combined_10k.log"));
        return File.Exists(file) ? new TestLog(NewFolder(), file, "UTC") : null;
    }

    /// <summary>A generated log of a week that is long over, with some lines that are none.</summary>
    public static async Task<TestLog> GenerateAsync(long lines, ulong seed, int malformed = 0)
    {
        var folder = NewFolder();
        var file = System.IO.Path.Combine(folder, "access.log");
        var start = new DateTimeOffset(2026, 9, 7, 7, 0, 0, TimeSpan.Zero);
        await using (var stream = File.Create(file))
        {
            await new GeneratedLog("kp.org", lines, start, start.AddDays(5), seed).WriteAsync(stream);
            for (var i = 0; i < malformed; i++)
                await stream.WriteAsync(Encoding.ASCII.GetBytes("this is no line of a web server's log\n"));
        }

        return new TestLog(folder, file, "America/Los_Angeles");
    }

    /// <summary>The same content under another name.</summary>
    public string Renamed()
    {
        var file = System.IO.Path.Combine(_folder, "renamed.log.1");
        File.Copy(Path, file, overwrite: true);
        return file;
    }

    /// <summary>The same content, compressed.</summary>
    public string Gzipped()
    {
        var file = System.IO.Path.Combine(_folder, "renamed.log.2.gz");
        using var target = new GZipStream(File.Create(file), CompressionLevel.Fastest);
        using var source = File.OpenRead(Path);
        source.CopyTo(target);
        return file;
    }

    /// <summary>Lines of the file with other ones behind them.</summary>
    public string Grown(int keep, IEnumerable<string> more)
    {
        var file = System.IO.Path.Combine(_folder, "grown.log");
        File.WriteAllText(file, string.Concat(Lines.Take(keep).Concat(more).Select(l => l + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return file;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string NewFolder() => Directory.CreateTempSubdirectory("kp-e2e-log-").FullName;
}
