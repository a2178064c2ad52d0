using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>What a rebuild adds where it differs from what was counted.</summary>
public enum RebuildRule
{
    /// <summary>Tables of which nothing is lower, on days of which no table of people is.</summary>
    AsItIs,
    /// <summary>Tables of which nothing is lower, whatever the others are.</summary>
    TableByTable,
    /// <summary>Whatever is higher, also beside what is lower in the same table.</summary>
    WhateverIsHigher,
    /// <summary>Tables of which nothing is lower, also where the site's own does not move.</summary>
    WithoutTheSite,
    /// <summary>As it is, but also of a day of which something came in after its visitors were forgotten.</summary>
    AlsoForgotten,
}

/// <summary>The block of a rebuild: what <see cref="DayComparison"/> lets it add, and who is behind the difference.</summary>
internal static class RebuiltBlock
{
    public static CountedBlock Of(DateOnly day, IReadOnlyList<CountedBlock> counted, IReadOnlyList<CountedBlock> right, RebuildRule rule)
    {
        var (before, after) = (Sums(day, counted), Sums(day, right));
        var cells = Compare(day, Known(day, before, after, rule), after).Additions.Where(cell => rule != RebuildRule.WithoutTheSite || cell.Table.Kind != TableKind.Site).ToList();
        var places = cells.Select(CellKey.Of).ToHashSet();
        var shares = counted.SelectMany(block => block.Shares.Select(share => (share.Person, share.Cell, share.Counters, Sign: -1L)))
            .Concat(right.SelectMany(block => block.Shares.Select(share => (share.Person, share.Cell, share.Counters, Sign: 1L))))
            .Where(share => places.Contains(share.Cell)).GroupBy(share => (share.Person, share.Cell))
            .Select(person => new Share(person.Key.Person, person.Key.Cell, person.Aggregate(default(Counters), (sum, share) => Plus(sum, share.Counters, share.Sign))));
        return new CountedBlock(0, cells, [.. shares]) { Partition = Person.Partitions };
    }

    private static DayDifference Compare(DateOnly day, Dictionary<CellPlace, Counters> counted, Dictionary<CellPlace, Counters> right) => DayComparison.Compare(World.Site.Name, day, counted, right);

    // What the comparison is told was counted, so that it adds what the rule says.
    private static Dictionary<CellPlace, Counters> Known(DateOnly day, Dictionary<CellPlace, Counters> counted, Dictionary<CellPlace, Counters> right, RebuildRule rule)
    {
        var tables = Compare(day, counted, right).Tables;
        return counted.Keys.Union(right.Keys).ToDictionary(place => place, place => (rule, counted.GetValueOrDefault(place), right.GetValueOrDefault(place)) switch
        {
            (RebuildRule.TableByTable, _, var rightly) when tables[place.Table] == Compared.Lower => rightly,
            (RebuildRule.WhateverIsHigher, var wrongly, var rightly) => Least(wrongly, rightly),
            (RebuildRule.WithoutTheSite, _, _) when place.Table.Kind == TableKind.Site => default,
            (_, var wrongly, _) => wrongly,
        });
    }

    private static Dictionary<CellPlace, Counters> Sums(DateOnly day, IEnumerable<CountedBlock> blocks) => blocks.SelectMany(block => block.Cells).Where(cell => cell.Day == day)
        .GroupBy(cell => new CellPlace(cell.Table, cell.Hour, cell.Label)).ToDictionary(place => place.Key, place => place.Aggregate(default(Counters), (sum, cell) => Plus(sum, cell.Counters, 1)));

    private static Counters Least(Counters one, Counters other)
    {
        for (var i = 0; i < one.Values.Length; i++)
            one.Values[i] = Math.Min(one.Values[i], other.Values[i]);
        return one;
    }

    private static Counters Plus(Counters sum, Counters counters, long sign)
    {
        for (var i = 0; i < sum.Values.Length; i++)
            sum.Values[i] += sign * counters.Values[i];
        return sum;
    }
}
