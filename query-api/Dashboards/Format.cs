using System.Globalization;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>Figures and times as people read them.</summary>
public static class Format
{
    /// <summary>With thousands apart; a dash where it is not known.</summary>
    public static string Count(long? figure) => figure?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>As an attribute or for a script; empty where it is not known.</summary>
    public static string Raw(long? figure) => figure?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    /// <summary>A share of 0 to 1 in whole percent; a dash where it is not known.</summary>
    public static string Percent(double? share) => share is { } known ? $"{(known * 100).ToString("0", CultureInfo.InvariantCulture)} %" : "–";

    /// <summary>Seconds as minutes and seconds; a dash where they are not known.</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } known)
            return "–";
        var time = TimeSpan.FromSeconds(Math.Round(known));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");
    }

    /// <summary>To the second, UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Part of a whole in percent, for the length of a bar.</summary>
    public static string Share(long? part, long whole) =>
        whole <= 0 ? "0%" : ((part ?? 0) * 100.0 / whole).ToString("0.#", CultureInfo.InvariantCulture) + "%";

    /// <summary>A time label of an answer, shorter: hours without their day where a day is given by the heading.</summary>
    public static string TimeLabel(string label) => label.Replace('T', ' ');
}
