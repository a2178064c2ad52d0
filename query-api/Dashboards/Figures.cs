using KpTelemetry.Privacy.Release;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>What one dashboard shows of a site and days: published figures only.</summary>
public sealed record Figures
{
    public required string Site { get; init; }
    public required DashboardRange Range { get; init; }

    /// <summary>When the newest release was done; null before the first.</summary>
    public required DateTimeOffset? AsOf { get; init; }

    /// <summary>How much of the site's own figures is withheld.</summary>
    public required Band Withheld { get; init; }

    /// <summary>Visitors, page views, requests of the whole period; null where unknown.</summary>
    public required FigureRow Total { get; init; }

    /// <summary>The same by day, or by released runs of hours where the period is short.</summary>
    public required IReadOnlyList<FigureRow> OverTime { get; init; }

    /// <summary>Breakdowns of people, then of requests.</summary>
    public required IReadOnlyList<Breakdown> Breakdowns { get; init; }

    /// <summary>The breakdown of a dimension.</summary>
    public Breakdown Of(string dimension) => Breakdowns.First(breakdown => breakdown.Dimension == dimension);
}

/// <summary>One line of figures. Unknown is null.</summary>
public sealed record FigureRow(string Label, long? Visitors, long? PageViews, long? Requests);

/// <summary>Figures by one dimension, the largest first.</summary>
public sealed record Breakdown(string Dimension, IReadOnlyList<FigureRow> Rows, Band Withheld);
