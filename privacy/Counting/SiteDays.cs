using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>The site days whose state lives, and when it ends: in log time after the day's close or its last events, whichever is later.</summary>
internal sealed class SiteDays
{
    private readonly Dictionary<(string Site, int Day), SiteDay> _days = [];
    private readonly Dictionary<string, SiteCalendar> _calendars = new(StringComparer.Ordinal);
    private long _nextEndMs = long.MaxValue;

    /// <summary>Where the log must be read from to have every state that lives; null when none does.</summary>
    public long? OldestOffset => _days.Count == 0 ? null : _days.Values.Min(day => day.FirstOffset);

    /// <summary>Site days whose state lives.</summary>
    public int Count => _days.Count;

    /// <summary>The keys that visitors of living days are known under.</summary>
    public HashSet<VisitorHasher> HashersInUse() => [.. _days.Values.SelectMany(day => day.Hashers)];

    public SiteCalendar CalendarOf(SiteStamp site)
    {
        if (!_calendars.TryGetValue(site.Timezone, out var calendar))
            _calendars.Add(site.Timezone, calendar = SiteCalendar.Of(site));
        return calendar;
    }

    /// <summary>The state of a site's day, made where there is none.</summary>
    public SiteDay Find(SiteStamp site, SiteCalendar calendar, int day, FoldPolicy policy, long offset, long receivedMs)
    {
        if (!_days.TryGetValue((site.Name, day), out var found))
            _days.Add((site.Name, day), found = new SiteDay(site.Name, day, calendar.EndOf(day), policy, offset));
        found.StateLivesMs = Math.Min(found.StateLivesMs, policy.StateLivesMs);
        found.TouchedMs = Math.Max(found.TouchedMs, receivedMs);
        _nextEndMs = Math.Min(_nextEndMs, EndOf(found));
        return found;
    }

    /// <summary>Ends the states whose time is over by the watermark, after <paramref name="release"/> has taken what they hold.</summary>
    public void EndThrough(long watermarkMs, Action<SiteDay> release)
    {
        if (watermarkMs < _nextEndMs)
            return;
        foreach (var day in _days.Values.Where(day => EndOf(day) <= watermarkMs).OrderBy(day => day.FirstOffset).ThenBy(day => day.Day).ThenBy(day => day.Site, StringComparer.Ordinal).ToArray())
        {
            release(day);
            _days.Remove((day.Site, day.Day.DayNumber));
        }

        _nextEndMs = _days.Count == 0 ? long.MaxValue : _days.Values.Min(EndOf);
    }

    private static long EndOf(SiteDay day) => Math.Max(day.EndsAtMs + day.LatenessMs, day.TouchedMs) + day.StateLivesMs;
}
