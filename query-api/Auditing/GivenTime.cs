using System.Globalization;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>Times as requests give them: dates or times of RFC 3339, UTC where they do not say.</summary>
public static class GivenTime
{
    /// <summary>What to say where a time is none.</summary>
    public const string Wrong = "from and to are dates (2026-01-31) or times (2026-01-31T08:00:00Z).";

    /// <summary>The time; <paramref name="standard"/> where none is given, null where it is none.</summary>
    public static DateTimeOffset? Parse(string? text, DateTimeOffset standard)
    {
        if (string.IsNullOrEmpty(text))
            return standard;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }
}
