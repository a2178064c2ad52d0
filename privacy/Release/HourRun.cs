namespace KpTelemetry.Privacy.Release;

/// <summary>A run of hours of a site's day, both ends included.</summary>
internal readonly record struct HourRun(int From, int To)
{
    /// <summary>From the first to the last hour in which anything happened.</summary>
    internal static HourRun Spanning(SiteCells cells)
    {
        var active = Active(cells, cells);
        return active.Count == 0 ? new HourRun(0, SiteCells.Hours - 1) : new HourRun(active[0], active[^1]);
    }

    /// <summary>
    /// Runs of whole hours, each of which may be published by itself; what is left at the end joins the last, and the last
    /// the one before while it does not suffice. The whole must suffice.
    /// </summary>
    internal static IReadOnlyList<HourRun> Split(SiteCells people, SiteCells technical, ReleasePolicy policy)
    {
        var active = Active(people, technical);
        var runs = new List<HourRun>();
        var gathered = default(Counters);
        var from = active[0];
        foreach (var hour in active)
        {
            gathered.Add(people.Hour(hour));
            if (!Sufficing.People(gathered, policy))
                continue;
            runs.Add(new HourRun(from, hour));
            (from, gathered) = (hour + 1, default);
        }

        if (runs.Count == 0)
            return [new HourRun(from, active[^1])];
        runs[^1] = runs[^1] with { To = active[^1] };
        while (runs.Count > 1 && !Sufficing.People(SiteRows.Sum(runs[^1], people), policy))
        {
            runs[^2] = runs[^2] with { To = active[^1] };
            runs.RemoveAt(runs.Count - 1);
        }

        return runs;
    }

    private static List<int> Active(SiteCells people, SiteCells technical) =>
        [.. Enumerable.Range(0, SiteCells.Hours).Where(hour => people.Hour(hour) != default || technical.Hour(hour) != default)];
}
