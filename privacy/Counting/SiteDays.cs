using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>The site days whose state lives, and when it ends: in log time after the day's close or its last events, whichever is later.</summary>
internal sealed class SiteDays(FoldPolicies policies, StatePacking packing)
{
    // In one order whatever the order in which they came, so that a replay hands over equal cells in equal order.
    private readonly SortedDictionary<(string Site, int Day), SiteDay> _days = new(Comparer<(string Site, int Day)>.Create(
        (a, b) => string.CompareOrdinal(a.Site, b.Site) is var bySite and not 0 ? bySite : a.Day.CompareTo(b.Day)));

    private readonly Dictionary<string, SiteCalendar> _calendars = new(StringComparer.Ordinal);
    private long _nextEndMs = long.MaxValue;
    private long _rows;

    /// <summary>Where the log must be read from to have every state that lives; null when none does.</summary>
    public long? OldestOffset => _days.Count == 0 ? null : _days.Values.Min(day => day.DependsFrom);

    /// <summary>Site days whose state lives.</summary>
    public int Count => _days.Count;

    /// <summary>The days whose state lives, by site and day.</summary>
    public IReadOnlyCollection<SiteDay> Living => _days.Values;

    /// <summary>Of a site's living days, the first so many of so many parts, into which days come by the calendar: whichever others live.</summary>
    public IReadOnlyCollection<SiteDay> FirstOf(string site, uint part, uint parts) =>
        [.. Living.Where(day => day.Site == site && (uint)day.Day.DayNumber % parts < part)];

    /// <summary>The keys that visitors of living days are known under.</summary>
    public HashSet<VisitorHasher> HashersInUse() => [.. _days.Values.SelectMany(day => day.Hashers)];

    public SiteCalendar CalendarOf(SiteStamp site)
    {
        if (!_calendars.TryGetValue(site.Timezone, out var calendar))
            _calendars.Add(site.Timezone, calendar = SiteCalendar.Of(site));
        return calendar;
    }

    /// <summary>The state of the site's day before, where it lives.</summary>
    public SiteDay? Before(SiteStamp site, int day) => _days.GetValueOrDefault((site.Name, day - 1));

    /// <summary>The state of a site's day, made where there is none.</summary>
    public SiteDay Find(SiteStamp site, SiteCalendar calendar, int day, FoldPolicy policy, long offset, long receivedMs)
    {
        if (!_days.TryGetValue((site.Name, day), out var found))
            _days.Add((site.Name, day), found = new SiteDay(site.Name, day, calendar, policy, offset, Before(site, day)));
        found.TouchedMs = Math.Max(found.TouchedMs, receivedMs);
        Use(found);
        _nextEndMs = Math.Min(_nextEndMs, EndOf(found));
        return found;
    }

    /// <summary>Takes note of a group that has an event of a site's day, where its state lives.</summary>
    public void Touch(SiteStamp site, int day, long receivedMs)
    {
        if (_days.TryGetValue((site.Name, day), out var found))
            found.TouchedMs = Math.Max(found.TouchedMs, receivedMs);
    }

    /// <summary>Takes note of states living otherwise than they did.</summary>
    public void Reconsider() => _nextEndMs = 0;

    /// <summary>Takes note of rows that are folded.</summary>
    public void Advance(int rows) => _rows += rows;

    /// <summary>Says that a day is needed, and may be for a while.</summary>
    public void Use(SiteDay day) => day.UsedAtRow = _rows;

    /// <summary>Packs days that have not been needed for a while.</summary>
    public void PackIdle()
    {
        if (!packing.IsDue(_rows))
            return;
        foreach (var day in _days.Values.Where(day => !day.IsPacked && packing.IsIdle(day, _rows)))
            day.Pack(packing);
    }

    /// <summary>Ends the states whose time is over by the watermark, after <paramref name="release"/> has taken what they hold.</summary>
    public void EndThrough(long watermarkMs, Action<SiteDay> release)
    {
        if (watermarkMs < _nextEndMs)
            return;
        foreach (var day in _days.Values.Where(day => EndOf(day) <= watermarkMs).ToArray())
        {
            release(day);
            _days.Remove((day.Site, day.Day.DayNumber));
        }

        _nextEndMs = _days.Count == 0 ? long.MaxValue : _days.Values.Min(EndOf);
    }

    private long EndOf(SiteDay day)
    {
        var life = policies.LifeAt(day.EndsAtMs);
        return Math.Max(day.EndsAtMs + life.WaitsMs, day.TouchedMs) + life.LivesMs;
    }
}
