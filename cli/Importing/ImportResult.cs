using System.Globalization;

namespace KpTelemetry.Cli.Importing;

/// <summary>How far an import is, as ingest tells it from the books.</summary>
internal sealed record Progress(bool Counted, bool Decided, DateTimeOffset? WithheldUntil, long Accepted, Dictionary<string, long> Rejected, Dictionary<string, long> Dropped);

/// <summary>
/// What an import did. A line is accepted when it was new and usable, a duplicate when its place in the file was known
/// before; lines = accepted + duplicates + rejected. What earlier commands had stored of a file whose end had not been told
/// (they were interrupted, or told that it goes on) is in none of these.
/// </summary>
/// <param name="StoredBefore">Lines that those commands had stored.</param>
public sealed record ImportResult(
    long Lines, long Accepted, IReadOnlyDictionary<string, long> Rejected, long Duplicates, double Seconds, DateTimeOffset? WithheldUntil, long StoredBefore)
{
    internal static ImportResult Of(IReadOnlyList<(FileImport File, Progress Progress)> imports, TimeSpan took)
    {
        var lines = imports.Sum(import => import.File.Lines);
        // One file under several names is one import.
        var once = imports.DistinctBy(import => import.File.Id).ToList();
        // What policy dropped was taken as well: the books tell it apart.
        var accepted = once.Sum(import => Taken(import.Progress) - Taken(import.File.Before));
        var rejected = once.SelectMany(import => Rejections(import.Progress, 1).Concat(Rejections(import.File.Before, -1)))
            .GroupBy(entry => entry.Reason, entry => entry.Lines, StringComparer.Ordinal)
            .Where(group => group.Sum() > 0)
            .ToDictionary(group => group.Key, group => group.Sum(), StringComparer.Ordinal);
        var duplicates = Math.Max(0, lines - accepted - rejected.Values.Sum());
        return new ImportResult(lines, accepted, rejected, duplicates, Math.Round(took.TotalSeconds, 3), imports.Max(import => import.Progress.WithheldUntil),
            once.Sum(import => import.File.Before is null ? 0 : import.File.ResumedLines));
    }

    private static long Taken(Progress? progress) => progress is null ? 0 : progress.Accepted + progress.Dropped.Values.Sum();

    private static IEnumerable<(string Reason, long Lines)> Rejections(Progress? progress, int sign) =>
        progress?.Rejected.Select(entry => (entry.Key, sign * entry.Value)) ?? [];

    /// <summary>In one line of words.</summary>
    public string InWords
    {
        get
        {
            var culture = CultureInfo.InvariantCulture;
            var reasons = Rejected.Count == 0 ? "" : $" ({string.Join(", ", Rejected.OrderByDescending(entry => entry.Value).Select(entry => string.Create(culture, $"{entry.Key} {entry.Value:n0}")))})";
            var decided = WithheldUntil is { } until
                ? string.Create(culture, $"figures of days that are still open follow in steps, the last after {until.ToUniversalTime():yyyy-MM-dd HH:mm} UTC")
                : "released";
            var before = StoredBefore == 0 ? "" : string.Create(culture, $"; {StoredBefore:n0} lines were stored before");
            return string.Create(culture, $"{Lines:n0} lines: {Accepted:n0} accepted, {Duplicates:n0} duplicates, {Rejected.Values.Sum():n0} rejected{reasons}, in {Seconds:0.0} s{before}; {decided}");
        }
    }
}
