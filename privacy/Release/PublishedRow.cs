using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// One addition to what is known. A published figure is the sum of its rows; null means that this row says nothing
/// about the figure. The only thing that may be written to ClickHouse's published table, and only the release rule
/// makes one (invariant 5).
/// </summary>
public sealed record PublishedRow
{
    internal PublishedRow(DateOnly day, Table table, string label) => (Day, Table, Label) = (day, table, label);

    /// <summary>The day in the site's timezone.</summary>
    public DateOnly Day { get; }
    /// <summary>The lattice table.</summary>
    public Table Table { get; }
    /// <summary>The label in clear. In the site's own table empty, or of days that joined their week or month the last day of it, as 2026-01-31.</summary>
    public string Label { get; }
    /// <summary>First hour of the run, 0 to 23; 0 outside the site's own table.</summary>
    public byte HourFrom { get; internal init; }
    /// <summary>Last hour of the run, included; 0 outside the site's own table.</summary>
    public byte HourTo { get; internal init; }
    /// <summary>Accepted requests; of humans in trees.</summary>
    public long? Requests { get; internal init; }
    /// <summary>Bytes sent; never in trees, where they would tell which pages were seen.</summary>
    public long? Bytes { get; internal init; }
    /// <summary>Requests with status 400 or above; never in trees, whose cells do not count who met an error.</summary>
    public long? Errors { get; internal init; }
    /// <summary>Page views.</summary>
    public long? PageViews { get; internal init; }
    /// <summary>Visitors, each once a site day and cell; null where too few others would be left of the site's.</summary>
    public long? Visitors { get; internal init; }
    /// <summary>Visits, on the day on which they began; by entry and exit page rounded.</summary>
    public long? Visits { get; internal init; }
    /// <summary>Of <see cref="Visits"/>, those of a single page view: where visits are rounded, their share of <see cref="Visits"/>.</summary>
    public long? Bounces { get; internal init; }
    /// <summary>Seconds from the first to the last page view of <see cref="Visits"/>; null where <see cref="Bounces"/> is, or where that were mostly one visitor's.</summary>
    public long? VisitSeconds { get; internal init; }
    /// <summary>Page views that another one followed within the visit, rounded.</summary>
    public long? Stays { get; internal init; }
    /// <summary>Seconds from these page views to the ones that followed: their average, times <see cref="Stays"/>.</summary>
    public long? StaySeconds { get; internal init; }
    /// <summary>Visitors whose cookie was new.</summary>
    public long? NewVisitors { get; internal init; }
}
