namespace KpTelemetry.Processors.Publishing;

/// <summary>Days of a site's zone.</summary>
internal static class SiteDays
{
    /// <summary>The first moment that is no longer of the day.</summary>
    public static DateTimeOffset EndOf(TimeZoneInfo zone, DateOnly day)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        // Zones that change at midnight have days that begin at one o'clock.
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(15);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }

    /// <summary>The day that it is there.</summary>
    public static DateOnly Today(TimeZoneInfo zone, TimeProvider time) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).DateTime);
}
