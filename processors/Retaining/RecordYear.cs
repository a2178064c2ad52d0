using System.Globalization;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Processors.Retaining;

/// <summary>A key of what the access record says, by the year of recording: <c>person/CLASS-FIELDS-YEAR</c>.</summary>
internal readonly record struct RecordYearKey(string Name, int Year)
{
    /// <summary>What the names begin with.</summary>
    public const string Folder = "person";

    public DateOnly FirstDay => new(Year, 1, 1);
    public DateOnly LastDay => new(Year, 12, 31);

    /// <summary>The key of a name; null for one that is none of the record's.</summary>
    public static RecordYearKey? Of(string name) =>
        name.StartsWith(Folder + '/', StringComparison.Ordinal) && name.LastIndexOf('-') is > 0 and var dash && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year is > 0 and < 9000
            ? new RecordYearKey(name, year)
            : null;
}

/// <summary>What a key of the record waits for.</summary>
/// <param name="Until">When policy ends it.</param>
/// <param name="WaitsFor">In words; null when it may end now.</param>
internal readonly record struct RecordYearVerdict(RecordYearKey Key, DateTimeOffset Until, string? WaitsFor)
{
    public bool MayEnd => WaitsFor is null;
}

/// <summary>
/// When what the access record says opens no more (P16). Time is the clock's: entries are sealed under the year in which they
/// are recorded, whatever the log says, so that nothing is sealed under a year that is over. The stored bytes stay, and
/// prove what they proved. Pure.
/// </summary>
internal sealed class RecordYearRule(PolicyBook book, IReadOnlyList<HoldFacts> holds, DateTimeOffset now)
{
    /// <summary>The verdict on a living key.</summary>
    public RecordYearVerdict On(RecordYearKey key)
    {
        var years = book.Holding(new DateTimeOffset(key.FirstDay, TimeOnly.MinValue, TimeSpan.Zero), now)[PolicyKeys.AccessRecordYears];
        var until = new DateTimeOffset(key.Year + 1 + years, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var waitsFor = holds.Any(hold => hold.Covers(key.FirstDay, key.LastDay)) ? "a legal hold" : now < until ? "its time by policy" : null;
        return new RecordYearVerdict(key, until, waitsFor);
    }
}
