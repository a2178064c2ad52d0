using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>Lets days of a world join their weeks and months as the publisher does, whenever a day closes or an import ends.</summary>
internal sealed class JoinPublishing(World world, Clauses clauses)
{
    private readonly List<JoinTold> _told = [];

    public IReadOnlyList<JoinTold> Told => _told;

    /// <summary>What joins once blocks through this one are settled.</summary>
    public void Decide(IReadOnlyList<DayPublishing> days, long through)
    {
        var closed = days.Where(day => day.State.Closed).ToDictionary(day => day.State.Day);
        List<DateOnly> open = [.. days.Where(day => !day.State.Closed && HasBegun(day, through)).Select(day => day.Plan.Day)];
        var decisions = JoinRelease.Decide(closed.Values.Select(Waiting), open, closed.Keys.Max(), clauses.Policy);
        for (var i = 0; i < decisions.Count; i++)
        {
            if (decisions[i].Rows is not [var row])
                continue;
            var joined = decisions.Skip(i).TakeWhile((decision, j) => j == 0 || decision.Rows.Count == 0).Select(decision => closed[decision.State.Day]).ToList();
            Tell([.. joined.Select(day => (day.State.Day, 0L, day.State.Waiting == default ? day.State.Evaluated : day.WaitingThrough))], row);
        }

        foreach (var decision in decisions)
        {
            var day = closed[decision.State.Day];
            day.State = clauses.JoinedStaysUntold ? decision.State : day.State with { Waiting = default };
        }
    }

    private bool HasBegun(DayPublishing day, long through) => world.CellsOf(day.Plan.Day).Any(one => one.Seq <= through);

    private DayState Waiting(DayPublishing day) => day.State with
    {
        Waiting = clauses.JoinsOnlyUntold || day.State.Waiting != default || _told.Exists(join => join.Parts.Any(part => part.Day == day.State.Day))
            ? clauses.DistortWaiting(day.State.Waiting)
            : People(day.State.Day, day.State.Evaluated),
    };

    private void Tell(IReadOnlyList<(DateOnly Day, long After, long Through)> parts, PublishedRow row)
    {
        _told.Add(new JoinTold(row.Day, row.Label, parts, row.PageViews!.Value, row.Visitors!.Value));
        for (var days = 1; days < parts.Count && !clauses.JoinsAreWhole; days++)
        {
            var people = parts.Take(days).Select(part => People(part.Day, part.Through)).ToList();
            _told.Add(new JoinTold(row.Day, row.Label, [.. parts.Take(days)], people.Sum(day => day.PageViews), people.Sum(day => day.Visitors)));
        }
    }

    private Counters People(DateOnly day, long through) => GainReading.Site(world, day, 0, through, new Clauses("")).Total;
}
