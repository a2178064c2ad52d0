using System.Globalization;
using System.Text;
using KpTelemetry.EndToEnd.Tests.Logs;
using KpTelemetry.Local.Simulator.Logs;

namespace KpTelemetry.EndToEnd.Tests.Crashes;

/// <summary>A long log in one file per day of its site.</summary>
internal sealed class LogOfDays : IDisposable
{
    private readonly string _folder;

    private LogOfDays(string folder, IReadOnlyList<string> files)
    {
        (_folder, Files) = (folder, files);
        Model = LogModel.Of(files.SelectMany(f => File.ReadLines(f, Encoding.UTF8)), TimeZoneInfo.FindSystemTimeZoneById("America/Los_Angeles"));
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>All days counted by hand.</summary>
    public LogModel Model { get; }

    public static async Task<LogOfDays> GenerateAsync(int days, int lines, ulong seed)
    {
        var folder = Directory.CreateTempSubdirectory("kp-e2e-days-").FullName;
        // Seven in the morning UTC is midnight in California while daylight saving time lasts.
        var start = new DateTimeOffset(2026, 6, 1, 7, 0, 0, TimeSpan.Zero);
        var files = new List<string>();
        for (var day = 0; day < days; day++)
        {
            var share = (lines / days) + (day < lines % days ? 1 : 0);
            files.Add(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"day-{day + 1:00}.log")));
            await using var file = File.Create(files[^1]);
            await new GeneratedLog("kp.org", share, start.AddDays(day), start.AddDays(day + 1), seed, day).WriteAsync(file);
        }

        return new LogOfDays(folder, files);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
