using KpTelemetry.Local.Simulator.Logs;
using KpTelemetry.Local.Simulator.People;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary>
/// Two weeks of web logs of three sites that end where the demo began, cut into chapters at midnight of the sites' zone:
/// a chapter's import closes whole days, so that the dashboard fills from the oldest on.
/// </summary>
internal static class History
{
    private const int Days = 14;
    private const int DaysOfChapter = 2;
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Los_Angeles");

    /// <summary>Lines of each site's two weeks: with 150,000 in all the whole of it is shown within a minute.</summary>
    private static readonly (string Site, int Lines)[] Sites = [("kp.org", 90_000), ("healthy.kaiserpermanente.org", 45_000), ("m.kp.org", 15_000)];

    /// <summary>The chapters, oldest first; each holds one log per site.</summary>
    /// <param name="end">Where history ends; the same end and seed give the same bytes.</param>
    /// <param name="seed">What all chance comes from.</param>
    public static IReadOnlyList<IReadOnlyList<GeneratedLog>> Chapters(DateTimeOffset end, ulong seed)
    {
        var bounds = Bounds(end);
        var activity = bounds.Zip(bounds.Skip(1), Activity).ToList();
        return
        [
            .. activity.Select((share, chapter) => Sites
                .Select(site => new GeneratedLog(site.Site, Math.Max(1, (long)(site.Lines * share / activity.Sum())), bounds[chapter], bounds[chapter + 1], seed, chapter))
                .ToList()),
        ];
    }

    private static List<DateTimeOffset> Bounds(DateTimeOffset end)
    {
        var today = TimeZoneInfo.ConvertTime(end, Zone).Date;
        var bounds = Enumerable.Range(0, (Days / DaysOfChapter) + 1).Select(n => Midnight(today.AddDays((n * DaysOfChapter) - Days))).ToList();
        // Today's hours so far are the last chapter; without a whole one there is nothing to show of today.
        if (end - bounds[^1] >= TimeSpan.FromHours(1))
            bounds.Add(end);
        return bounds;
    }

    private static DateTimeOffset Midnight(DateTime day) => new(day, Zone.GetUtcOffset(day));

    private static double Activity(DateTimeOffset from, DateTimeOffset to) =>
        new Timeline(from.ToUnixTimeSeconds(), (int)(to - from).TotalHours).Activity;
}
