using System.Globalization;

namespace KpTelemetry.Schemas.Policies;

/// <summary>A revision of the privacy policy (P0 revisions). It never changes once it is published.</summary>
/// <param name="Name">Its date of effect, <c>yyyyMMdd</c>: what events, blocks and answers are stamped with.</param>
/// <param name="NoticeFrom">The day (UTC) from which notice of it is given.</param>
/// <param name="EffectiveFrom">The day (UTC) from whose start on it is in force.</param>
/// <param name="Values">What it says.</param>
/// <param name="Document">The document that it was read from, as it is.</param>
public sealed record PolicyRevision(string Name, DateOnly NoticeFrom, DateOnly EffectiveFrom, PolicyValues Values, string Document)
{
    /// <summary>The moment from which it is in force.</summary>
    public DateTimeOffset EffectiveAt => new(EffectiveFrom, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>The name of a revision that takes effect on that day.</summary>
    public static string NameOf(DateOnly effectiveFrom) => effectiveFrom.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
