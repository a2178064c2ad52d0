using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Days and hours of a site's timezone. Nearly every quarter hour lies in one of them, and is looked up once.</summary>
internal sealed class SiteCalendar(TimeZoneInfo zone)
{
    private const long QuarterMs = 15 * 60 * 1000;
    private const int Remembered = 16_384;

    private readonly Dictionary<long, (int Day, byte Hour)> _quarters = [];
    private long _lastQuarter = long.MinValue;
    private (int Day, byte Hour) _last;

    /// <summary>The calendar of a stamp's zone; UTC where this machine does not know the zone.</summary>
    public static SiteCalendar Of(SiteStamp site) =>
        new(TimeZoneInfo.TryFindSystemTimeZoneById(site.Timezone, out var zone) ? zone : TimeZoneInfo.Utc);

    /// <summary>The day (as <see cref="DateOnly.DayNumber"/>) and the hour of an event time.</summary>
    public (int Day, byte Hour) At(long timeMs)
    {
        var quarter = timeMs / QuarterMs;
        if (quarter == _lastQuarter)
            return _last;
        if (!_quarters.TryGetValue(quarter, out var found))
        {
            found = LookUp(quarter * QuarterMs);
            // Newfoundland changed its clocks a minute past midnight.
            if (LookUp((quarter * QuarterMs) + QuarterMs - 1) != found)
                return LookUp(timeMs);
            if (_quarters.Count >= Remembered)
                _quarters.Clear();
            _quarters.Add(quarter, found);
        }

        (_lastQuarter, _last) = (quarter, found);
        return found;
    }

    /// <summary>When the day is over, milliseconds of Unix time.</summary>
    public long EndOf(int day)
    {
        var midnight = DateOnly.FromDayNumber(day + 1).ToDateTime(TimeOnly.MinValue);
        // Zones that change at midnight have days that begin at one o'clock.
        for (; zone.IsInvalidTime(midnight); midnight = midnight.AddMinutes(15))
        {
        }

        if (!zone.IsAmbiguousTime(midnight))
            return Ms(midnight, zone.GetUtcOffset(midnight));
        var offsets = zone.GetAmbiguousTimeOffsets(midnight);
        // Of two midnights the first, unless the clock goes back over it into the day.
        return Ms(midnight, offsets.Min()) is var second && LookUp(second - 1).Day == day ? second : Ms(midnight, offsets.Max());
    }

    private static long Ms(DateTime local, TimeSpan offset) => new DateTimeOffset(local, offset).ToUnixTimeMilliseconds();

    private (int Day, byte Hour) LookUp(long timeMs)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeMs), zone);
        return (DateOnly.FromDateTime(local.DateTime).DayNumber, (byte)local.Hour);
    }
}
