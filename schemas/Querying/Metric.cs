namespace KpTelemetry.Schemas.Querying;

/// <summary>What a figure counts, and therefore what it moves with.</summary>
public enum MetricKind
{
    /// <summary>Requests, whoever made them.</summary>
    Technical,
    /// <summary>What people did, in the site's steps.</summary>
    People,
    /// <summary>Visits and what derives from them, when a day is over.</summary>
    Visits,
}

/// <summary>A figure that can be asked for.</summary>
/// <param name="Name">As queries and answers name it.</param>
/// <param name="Definition">What it means, in a sentence or two for people.</param>
/// <param name="Kind">What it moves with.</param>
/// <param name="IsRatio">Whether it is a number with decimals, as opposed to an integer.</param>
public sealed record Metric(string Name, string Definition, MetricKind Kind = MetricKind.Technical, bool IsRatio = false)
{
    public static readonly Metric Requests = new("requests", "Accepted requests, bots included unless filtered. By page and referrer those that are page views, by browser, os, device and country those of humans.");
    public static readonly Metric Bytes = new("bytes", "Bytes sent in answer to those requests.");
    public static readonly Metric Errors = new("errors", "Requests answered with a status of 400 or above.");
    public static readonly Metric PageViews = new("pageviews", "Pages shown to humans: method GET, status 2xx or 304, and a path that is no asset or machine file. By two dimensions rounded to tens.", MetricKind.People);
    public static readonly Metric Visitors = new("visitors", "Distinct humans of a site's day, added over days. In logs a visitor is a pair of address and agent. By hour, each visitor is counted in the first hour of the day in which it was seen.", MetricKind.People);
    public static readonly Metric NewVisitors = new("new_visitors", "Of the visitors, those whose cookie was new. Unknown where nobody has a cookie, as in logs, and where too few are new or too few are not.", MetricKind.Visits);
    public static readonly Metric Visits = new("visits", "Page views of a visitor with no more than 30 minutes between them, counted on the day on which the visit began. By entry and exit page of each day in tens, what is over in (other).", MetricKind.Visits);
    public static readonly Metric BounceRate = new("bounce_rate", "Share of visits of a single page view, 0 to 1, over the days where it is known. Unknown where too few bounced or too few did not.", MetricKind.Visits, IsRatio: true);
    public static readonly Metric VisitDuration = new("visit_duration", "Average seconds from the first to the last page view of a visit; a visit of a single page view has none. Known where the bounce rate is.", MetricKind.Visits, IsRatio: true);
    public static readonly Metric ViewsPerVisit = new("views_per_visit", "Page views for each visit, over the days where visits are known.", MetricKind.Visits, IsRatio: true);
    public static readonly Metric TimeOnPage = new("time_on_page", "Average seconds from a view of the page to the next page view of the visit; a visit's last page view has none. Of each day in whole seconds.", MetricKind.Visits, IsRatio: true);

    /// <summary>Every metric, in the order in which references list them.</summary>
    public static IReadOnlyList<Metric> All { get; } =
        [Requests, Bytes, Errors, PageViews, Visitors, NewVisitors, Visits, BounceRate, VisitDuration, ViewsPerVisit, TimeOnPage];
}
