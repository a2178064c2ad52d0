using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

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
}

/// <summary>
/// Random days that were counted wrongly: some people were not seen, one page was taken for another, somebody's requests
/// fell into other hours. Once the day is told, a rebuild counts it right and adds what it finds by
/// <see cref="DayComparison"/>; then a file comes late.
/// </summary>
internal sealed class RebuildMaking(int seed)
{
    private const int Apart = 1_000_000;
    private static readonly uint[] Ages = [0, 1, 1, 2, 5];
    private static readonly DateOnly Day = new(2026, 1, 26);

    private readonly Random _random = new(seed);
    private readonly Random _browsers = new(seed + Apart);

    public static World Make(int seed, RebuildRule rule) => new RebuildMaking(seed).Make(rule);

    private World Make(RebuildRule rule)
    {
        var haveCookies = _browsers.Next(3) > 0;
        var people = MakePeople(0, _random.Next(15, 50), haveCookies);
        var deeds = new Habits(_random, people, _browsers).OfDay(Day);
        var others = MakePeople(people.Count, _random.Next(12, 20), haveCookies);
        var late = new Habits(_random, others, _browsers).OfDay(Day);
        var wrong = Wrongly(people);
        List<CountedBlock> counted = Count([.. deeds.Select(wrong).OfType<Deed>()]);
        List<CountedBlock> right = Count(deeds, late);
        var rebuilt = Added(counted, [.. right.Where((_, i) => i % 2 == 0)], rule);
        CountedBlock[] blocks = [.. counted, rebuilt, .. right.Where((_, i) => i % 2 == 1)];
        return new World(seed, [.. people, .. others], [.. blocks.Select((block, i) => block with { Seq = i + 1 })], [new DayPlan(Day, Person.Partitions, [Person.Partitions + 1, blocks.Length], IsStepping: false)]) { RebuiltIn = counted.Count + 1 };
    }

    private List<Person> MakePeople(int from, int count, bool haveCookies) =>
        [.. Enumerable.Range(from, count).Select(i => new Person(i, i, _random.Next(Person.Kinds), Age: haveCookies ? Ages[_browsers.Next(Ages.Length)] : 0))];

    // Null for who was not seen.
    private Func<Deed, Deed?> Wrongly(IReadOnlyList<Person> people)
    {
        var unseen = people.Where(_ => _random.Next(3) == 0).Take(_random.Next(people.Count)).ToHashSet();
        var (page, taken) = _random.Next(2) == 0 ? ("", "") : ($"/{(char)('a' + _random.Next(1, 8))}", World.FirstPage);
        var elsewhere = _random.Next(2) == 0 ? people[_random.Next(people.Count)] : null;
        return deed => unseen.Contains(deed.Person) ? null : deed with
        {
            Event = deed.Event with
            {
                Path = deed.Event.Path == page ? taken : deed.Event.Path,
                At = deed.Person == elsewhere ? deed.Event.At.AddHours(deed.Event.At.Hour < 12 ? 12 : -12) : deed.Event.At,
            },
        };
    }

    // Of each partition, of each file a block.
    private static List<CountedBlock> Count(params IReadOnlyList<Deed>[] files) =>
        [.. Enumerable.Range(0, Person.Partitions).SelectMany(partition => Counting.Count([.. files.SelectMany((file, i) => Log(partition, i, file))], World.Site, [.. files.Select((_, i) => 2 * (i + 1))]))];

    private static IEnumerable<LoggedGroup> Log(int partition, int file, IReadOnlyList<Deed> deeds)
    {
        var received = new DateTimeOffset(Day.AddDays(1), new TimeOnly(1 + file, 0), TimeSpan.Zero);
        var ranged = TestGroups.File(file + 1, file + 1, 0, 10 * (deeds.Count + 1), World.Site);
        yield return new LoggedGroup(
            Header(1, GroupKind.Telemetry), [.. deeds.Select((deed, i) => deed with { Event = deed.Event with { Position = 10 * i } }).Where(deed => deed.Person.Partition == partition)]);
        yield return new LoggedGroup(Header(2, GroupKind.EndOfImport), []);

        GroupHeader Header(int number, GroupKind kind)
        {
            var header = TestGroups.Header(1, (ulong)((2 * file) + number), kind, received);
            header.File = ranged;
            return header;
        }
    }

    private static CountedBlock Added(IReadOnlyList<CountedBlock> counted, IReadOnlyList<CountedBlock> right, RebuildRule rule)
    {
        var (before, after) = (Sums(counted), Sums(right));
        var cells = DayComparison.Compare(World.Site.Name, Day, Known(before, after, rule), after).Additions.Where(cell => rule != RebuildRule.WithoutTheSite || cell.Table.Kind != TableKind.Site).ToList();
        var places = cells.Select(CellKey.Of).ToHashSet();
        var shares = counted.SelectMany(block => block.Shares.Select(share => (share.Person, share.Cell, share.Counters, Sign: -1L)))
            .Concat(right.SelectMany(block => block.Shares.Select(share => (share.Person, share.Cell, share.Counters, Sign: 1L))))
            .Where(share => places.Contains(share.Cell)).GroupBy(share => (share.Person, share.Cell))
            .Select(person => new Share(person.Key.Person, person.Key.Cell, person.Aggregate(default(Counters), (sum, share) => Plus(sum, share.Counters, share.Sign))));
        return new CountedBlock(0, cells, [.. shares]) { Partition = Person.Partitions };
    }

    // What the comparison is told was counted, so that it adds what the rule says.
    private static Dictionary<CellPlace, Counters> Known(Dictionary<CellPlace, Counters> counted, Dictionary<CellPlace, Counters> right, RebuildRule rule)
    {
        var tables = DayComparison.Compare(World.Site.Name, Day, counted, right).Tables;
        return counted.Keys.Union(right.Keys).ToDictionary(place => place, place => (rule, counted.GetValueOrDefault(place), right.GetValueOrDefault(place)) switch
        {
            (RebuildRule.TableByTable, _, var rightly) when tables[place.Table] == Compared.Lower => rightly,
            (RebuildRule.WhateverIsHigher, var wrongly, var rightly) => Least(wrongly, rightly),
            (RebuildRule.WithoutTheSite, _, _) when place.Table.Kind == TableKind.Site => default,
            (_, var wrongly, _) => wrongly,
        });
    }

    private static Dictionary<CellPlace, Counters> Sums(IEnumerable<CountedBlock> blocks) => blocks.SelectMany(block => block.Cells)
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
