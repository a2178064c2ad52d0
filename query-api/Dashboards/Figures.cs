using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>What one dashboard shows of a site and days: published figures only.</summary>
public sealed record Figures
{
    public required string Site { get; init; }
    public required DashboardRange Range { get; init; }

    /// <summary>When the newest release was done; null before the first.</summary>
    public required DateTimeOffset? AsOf { get; init; }

    /// <summary>How many people stand behind a figure at least, by the policy in force.</summary>
    public required int K { get; init; }

    /// <summary>How much of the site's own figures is withheld.</summary>
    public required Band Withheld { get; init; }

    /// <summary>Visitors, page views, requests, visits of the whole period; null where unknown.</summary>
    public required FigureRow Total { get; init; }

    /// <summary>The same by day, or by released runs of hours where the period is short.</summary>
    public required IReadOnlyList<FigureRow> OverTime { get; init; }

    /// <summary>Breakdowns of people, then of requests.</summary>
    public required IReadOnlyList<Breakdown> Breakdowns { get; init; }

    /// <summary>The breakdown by a table.</summary>
    public Breakdown Of(Table table) => Breakdowns.First(breakdown => breakdown.Table == table);
}

/// <summary>One line of figures. Unknown is null, and so is what was not asked for.</summary>
public sealed record FigureRow(string Label)
{
    /// <summary>The second label of a pair.</summary>
    public string Second { get; init; } = string.Empty;
    public long? Visitors { get; init; }
    public long? PageViews { get; init; }
    public long? Requests { get; init; }
    public long? Visits { get; init; }
    /// <summary>0 to 1.</summary>
    public double? BounceRate { get; init; }
    /// <summary>Seconds.</summary>
    public double? VisitDuration { get; init; }
}

/// <summary>Figures by the dimensions of a table, the largest first.</summary>
public sealed record Breakdown(Table Table, IReadOnlyList<FigureRow> Rows, Band Withheld)
{
    /// <summary>The dimensions in words.</summary>
    public string Name => Table.Second is { } second ? $"{Table.Dimension} and {second}" : Table.Dimension;
}
