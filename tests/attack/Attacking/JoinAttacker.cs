using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// Looks for days, and for several days of a join, whose people are isolated by what weeks and months tell beside the
/// days. A visitor is one of a day, and so is k. What the days' technical counts tell by themselves, such as that a day
/// of one request had one visitor, is not counted.
/// </summary>
public sealed class JoinAttacker(World world, Answers answers)
{
    private const int K = 11;

    private readonly Dictionary<DateOnly, Truth> _truths = world.Days.ToDictionary(day => day.Day, day => new Truth(world, day.Day));

    private sealed record Days(string What, IReadOnlyList<(DateOnly Day, long After, long Through)> Parts);

    /// <summary>Every group that is found, lazily.</summary>
    public IEnumerable<Isolated> Isolate() => answers.Joins.Count == 0 ? [] : new[] { Figure.Views, Figure.Visitors }.SelectMany(Isolate);

    private IEnumerable<Isolated> Isolate(Figure figure)
    {
        using var all = new JoinSystem(world, _truths, figure, answers, answers.Joins);
        using var without = new JoinSystem(world, _truths, figure, answers, []);
        foreach (var days in Groups(all))
        {
            var people = days.Parts.Sum(part => _truths[part.Day].People(Table.Site, "", figure, part.After, part.Through).Count());
            if (people > 0 && people < K - Vouching(days, figure) && all.Tells(Terms(all, days)) && !without.Tells(Terms(without, days)))
                yield return new Isolated(days.Parts[0].Day, Table.Site, $"{figure.Name} of {days.What}", people);
        }
    }

    // The attacker's visitors are of one network, and vouch by two in each partition.
    private int Vouching(Days days, Figure figure) =>
        days.Parts.Any(part => _truths[part.Day].Own(Table.Site, "", figure, part.After, part.Through) > 0) ? 2 * Person.Partitions : 0;

    private static List<Term> Terms(JoinSystem system, Days days) => [.. days.Parts.SelectMany(part => system.Of(part.Day, part.After, part.Through))];

    // Of a join: all its days, all but one, all but the first ones, any two; of a day: what came between any two moments.
    private IEnumerable<Days> Groups(JoinSystem system)
    {
        foreach (var parts in answers.Joins.Select(join => join.Parts))
        {
            yield return new Days($"the {parts.Count} days that joined", parts);
            for (var i = 0; i < parts.Count; i++)
            {
                yield return new Days($"those that joined but {parts[i].Day:yyyy-MM-dd}", [.. parts.Where((_, j) => j != i)]);
                yield return new Days($"those that joined after {parts[i].Day:yyyy-MM-dd}", [.. parts.Skip(i + 1)]);
                for (var j = i + 1; j < parts.Count; j++)
                    yield return new Days($"{parts[i].Day:yyyy-MM-dd} and {parts[j].Day:yyyy-MM-dd}", [parts[i], parts[j]]);
            }
        }

        foreach (var day in world.Days.Select(day => day.Day))
        {
            var cuts = system.Cuts(day);
            for (var i = 0; i < cuts.Count; i++)
            {
                for (var j = i + 1; j < cuts.Count; j++)
                    yield return new Days($"the day in blocks {cuts[i] + 1} to {cuts[j]}", [(day, cuts[i], cuts[j])]);
            }
        }
    }
}
