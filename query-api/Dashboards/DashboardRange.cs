using System.Globalization;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>Days that a dashboard shows.</summary>
/// <param name="From">First day, included.</param>
/// <param name="To">Last day, not included.</param>
public sealed record DashboardRange(DateOnly From, DateOnly To)
{
    /// <summary>The most days that are shown at once.</summary>
    public const int MostDays = 1100;

    /// <summary>Days shown where nothing was chosen.</summary>
    public const int StandardDays = 14;

    private const string Form = "yyyy-MM-dd";

    /// <summary>The last day that is shown.</summary>
    public DateOnly Last => To.AddDays(-1);

    /// <summary>How many days.</summary>
    public int Days => To.DayNumber - From.DayNumber;

    /// <summary>A day as addresses and forms carry it.</summary>
    public static string Text(DateOnly day) => day.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>
    /// The days from <paramref name="from"/> to <paramref name="last"/>, both included; what is missing, unreadable or
    /// out of order is replaced by the standard days up to <paramref name="newest"/>.
    /// </summary>
    public static DashboardRange Choose(string? from, string? last, DateOnly newest)
    {
        var end = Parse(last) ?? newest;
        var start = Parse(from) ?? end.AddDays(1 - StandardDays);
        if (start > end)
            (start, end) = (end, start);
        return new DashboardRange(end.DayNumber - start.DayNumber < MostDays ? start : end.AddDays(1 - MostDays), end.AddDays(1));
    }

    // The last year that dates of the store can have.
    private const int LastYear = 2104;

    private static DateOnly? Parse(string? text) =>
        DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1971 and <= LastYear ? day : null;
}
