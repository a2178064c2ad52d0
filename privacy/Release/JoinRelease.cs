using System.Globalization;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// Days that closed with too few people to be told join their week, from Monday, and what still is too little its month:
/// totals of visitors and page views only, once everything of the week or month is closed.
/// </summary>
public static class JoinRelease
{
    private const int DaysOfWeek = 7;

    /// <summary>What can be told now: a decision for each day that joins, the row with the first.</summary>
    /// <param name="waiting">Closed days of which no people are told.</param>
    /// <param name="open">Days that are not closed.</param>
    /// <param name="newest">The newest day that is closed.</param>
    public static IReadOnlyList<DayDecision> Decide(IEnumerable<DayState> waiting, IReadOnlyCollection<DateOnly> open, DateOnly newest, ReleasePolicy policy)
    {
        var left = waiting.Where(day => day.Waiting is { Visitors: > 0 } or { PageViews: > 0 }).OrderBy(day => day.Day).ToList();
        var decisions = new List<DayDecision>();
        Join(Week, span => span);
        Join(Month, span => (Week(span.First).First, Week(span.Last).Last));
        return decisions;

        // Months wait until their first and last weeks are decided too.
        void Join(Func<DateOnly, (DateOnly First, DateOnly Last)> spanOf, Func<(DateOnly First, DateOnly Last), (DateOnly First, DateOnly Last)> needs)
        {
            foreach (var days in left.GroupBy(day => spanOf(day.Day)).ToList())
            {
                var (first, last) = needs(days.Key);
                if (last > newest || open.Any(day => day >= first && day <= last) || Decide(days.Key, [.. days], policy) is not { } joined)
                    continue;
                decisions.AddRange(joined);
                left.RemoveAll(day => spanOf(day.Day) == days.Key);
            }
        }
    }

    private static IEnumerable<DayDecision>? Decide((DateOnly First, DateOnly Last) span, IReadOnlyList<DayState> days, ReleasePolicy policy)
    {
        var sum = default(Counters);
        foreach (var day in days)
            sum.Add(day.Waiting);
        if (!Sufficing.Joined(sum, days.Count, policy) || days.GroupBy(day => Week(day.Day)).Sum(week => MostUntold([.. week], policy)) == sum.Vouched)
            return null;
        var row = new PublishedRow(span.First, Table.Site, span.Last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
        {
            HourTo = SiteCells.Hours - 1,
            PageViews = sum.PageViews,
            Visitors = sum.Visitors,
        };
        return days.Select((day, i) => new DayDecision(i == 0 ? [row] : [], Joined(day)));
    }

    // By vouching visitors, the most that days of a week can have had where nothing of them is told, neither of one nor of
    // all. Where each week has that many, their sum would tell it, and each of the days.
    private static long MostUntold(IReadOnlyCollection<DayState> week, ReleasePolicy policy)
    {
        var alone = week.Sum(day => Math.Min(policy.K - 1, day.Waiting.CappedRequests));
        var together = week.Count + policy.K - 1;
        return week.Sum(day => day.Waiting.Vouched) > together ? alone : Math.Min(alone, together);
    }

    // Whatever else there is of these blocks is never told: a tree of the day minus the day's own later figures would
    // tell what the day gave to its week.
    private static DayState Joined(DayState day) => day with
    {
        Waiting = default,
        SiteCovered = day.Evaluated,
        VisitsCovered = day.Evaluated,
        TreesCovered = DayRelease.Trees.Aggregate(day.TreesCovered, (covered, tree) => covered.SetItem(tree, day.Evaluated)),
    };

    private static (DateOnly First, DateOnly Last) Week(DateOnly day)
    {
        var monday = day.AddDays(-(((int)day.DayOfWeek + DaysOfWeek - 1) % DaysOfWeek));
        return (monday, monday.AddDays(DaysOfWeek - 1));
    }

    private static (DateOnly First, DateOnly Last) Month(DateOnly day)
    {
        var first = new DateOnly(day.Year, day.Month, 1);
        return (first, first.AddMonths(1).AddDays(-1));
    }
}
