using System.Text;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Schemas;

namespace KpTelemetry.Benchmarks.Utility;

/// <summary>The sample log, where it lies beside the repository: <c>../shared/data/apache_combined_10k.log</c>.</summary>
internal static class SampleLog
{
    /// <summary>Its requests in the order of the file; null where it is not there.</summary>
    public static IReadOnlyList<Hit>? Read()
    {
        var file = Path.Combine("..", "shared", "data", "apache_combined_10k.log");
        if (!File.Exists(file))
            return null;
        var parser = new LogLineParser();
        var hits = new List<Hit>();
        foreach (var text in File.ReadLines(file))
        {
            var line = default(LogLine);
            if (parser.Parse(Encoding.UTF8.GetBytes(text), LogFormat.Combined, ref line) == Reason.None)
                hits.Add(HitOf(line));
        }

        return hits;
    }

    private static Hit HitOf(in LogLine line) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(line.TimeMs), Text(line.Address), Text(line.Agent), Text(line.Method),
        Text(line.Target).Split('?', '#')[0], line.Status, (long)line.Bytes, Text(line.Referrer).Split('?', '#')[0]);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
