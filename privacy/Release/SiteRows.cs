using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>The rows of the site's own table and of the technical tables, which move together.</summary>
internal static class SiteRows
{
    /// <summary>A row a run, and the technical cells of the same blocks.</summary>
    internal static IReadOnlyList<PublishedRow> Of(DateOnly day, IReadOnlyList<HourRun> runs, SiteCells people, SiteCells technical) =>
        [.. runs.Select(run => Run(day, run, Sum(run, people), Sum(run, technical))), .. Technical(day, technical)];

    /// <summary>A day that closes with too few visitors: its technical counts, for the day as a whole, and nothing of its people.</summary>
    internal static IReadOnlyList<PublishedRow> TechnicalOnly(DateOnly day, SiteCells technical) => technical.IsEmpty
        ? []
        :
        [
            new PublishedRow(day, Table.Site, "")
            {
                HourTo = SiteCells.Hours - 1,
                Requests = technical.Total.Requests,
                Bytes = technical.Total.Bytes,
                Errors = technical.Total.Errors,
            },
            .. Technical(day, technical),
        ];

    /// <summary>The day's visits, in a row of their own: how they went on, and who was new, only where that suffices by itself.</summary>
    internal static PublishedRow Visits(DateOnly day, in Counters gain, ReleasePolicy policy)
    {
        var row = new PublishedRow(day, Table.Site, "") { HourTo = SiteCells.Hours - 1, Visits = gain.Visits };
        if (Sufficing.Course(gain, policy))
            row = row with { Bounces = gain.Bounces };
        if (Sufficing.Seconds(gain, policy))
            row = row with { VisitSeconds = gain.VisitSeconds };
        return Sufficing.New(gain, policy) ? row with { NewVisitors = gain.NewVisitors } : row;
    }

    private static PublishedRow Run(DateOnly day, HourRun run, in Counters people, in Counters technical) => new(day, Table.Site, "")
    {
        HourFrom = (byte)run.From,
        HourTo = (byte)run.To,
        Requests = technical.Requests,
        Bytes = technical.Bytes,
        Errors = technical.Errors,
        PageViews = people.PageViews,
        Visitors = people.Visitors,
    };

    private static IEnumerable<PublishedRow> Technical(DateOnly day, SiteCells cells) =>
        from cell in cells.Technical
        select new PublishedRow(day, cell.Table, cell.Label)
        {
            Requests = cell.Counters.Requests,
            Bytes = cell.Counters.Bytes,
            Errors = cell.Counters.Errors,
        };

    internal static Counters Sum(HourRun run, SiteCells cells)
    {
        var sum = default(Counters);
        for (var hour = run.From; hour <= run.To; hour++)
            sum.Add(cells.Hour(hour));
        return sum;
    }
}
