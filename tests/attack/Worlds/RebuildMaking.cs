using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>
/// Random days that were counted wrongly: some people were not seen, one page was taken for another, somebody's requests
/// fell into other hours. Then they are counted right, and a rebuild adds what it finds: of a day that is told, before or
/// after a file comes late; or of an open one, which goes on. In some the attacker's own visitors are among those who
/// were seen, who were not, and who come late.
/// </summary>
internal sealed class RebuildMaking(int seed)
{
    private const int Apart = 1_000_000;
    private const int FirstOwn = 1000;
    private const int DaysApart = 6;
    private static readonly uint[] Ages = [0, 1, 1, 2, 5];
    private static readonly DateOnly Day = new(2026, 1, 26);

    private readonly Random _random = new(seed);
    private readonly Random _browsers = new(seed + Apart);
    private readonly Random _orders = new(seed + (2 * Apart));

    public static World Make(int seed, RebuildRule rule) => new RebuildMaking(seed).Make(rule);

    /// <summary>Of a day that has not closed.</summary>
    public static World MakeOpen(int seed, RebuildRule rule) => new RebuildMaking(seed).MakeOpen(rule);

    private World Make(RebuildRule rule)
    {
        var (people, others, fakes) = MakePeople();
        var deeds = new Habits(_random, [.. people, .. fakes], _browsers).OfDay(Day);
        var wrong = Wrongly([.. people, .. fakes], isLive: false, out var isMistaken);
        // Who was in the wrong place may not come again there: docs/RELEASE.md, residuals.
        var late = new Habits(_random, [.. others, .. isMistaken ? [] : people.Take(_orders.Next(6)), .. fakes], _browsers).OfDay(Day);
        List<CountedBlock> counted = Count(0, [.. deeds.Select(wrong).OfType<Deed>()]);
        List<CountedBlock> right = Count(0, deeds, late);
        var rebuilt = RebuiltBlock.Of(Day, counted, [.. right.Where((_, i) => i % 2 == 0)], rule);
        List<CountedBlock> ofFile = [.. right.Where((_, i) => i % 2 == 1)];
        var isAfter = _orders.Next(4) == 0;
        CountedBlock[] blocks = [.. counted, .. isAfter ? ofFile : [], rebuilt, .. isAfter ? [] : ofFile];
        return new World(seed, [.. people, .. others, .. fakes], Numbered(blocks), [new DayPlan(Day, Person.Partitions, [isAfter ? blocks.Length - 1 : Person.Partitions + 1, blocks.Length], IsStepping: false)])
        {
            RebuiltIn = Array.IndexOf(blocks, rebuilt) + 1,
        };
    }

    // The first blocks are counted wrongly and the next ones right; then comes what the rebuild adds, and the day goes on.
    private World MakeOpen(RebuildRule rule)
    {
        var (people, others, fakes) = MakePeople();
        var logs = Enumerable.Range(0, Person.Partitions).Select(_ => new List<LoggedGroup>()).ToArray();
        var cuts = logs.Select(_ => new List<int>()).ToArray();
        var order = new List<(int Partition, int Block)>();
        var sender = new Sender(_random, logs, cuts, order);
        var habits = new Habits(_random, [.. people, .. fakes], _browsers);
        sender.Send(habits.OfDay(Day), Day, isLive: true);
        var open = order.Count;
        sender.SendLate(new Habits(_random, [.. others, .. people.Take(_orders.Next(6)), .. fakes], _browsers).OfDay(Day), Day);
        var right = Counting.Count(logs, cuts, order);
        var wrong = Wrongly([.. people, .. fakes], isLive: true, out _);
        var counted = Counting.Count([.. logs.Select(log => log.ConvertAll(group => group with { Deeds = [.. group.Deeds.Select(wrong).OfType<Deed>()] }))], cuts, order);
        var changed = _orders.Next(1, open + 1);
        var at = _orders.Next(changed, open + 1);
        var rebuilt = RebuiltBlock.Of(Day, counted[..changed], right[..changed], rule);
        CountedBlock[] blocks = [.. counted[..changed], .. right[changed..at], rebuilt, .. right[at..]];
        return new World(seed, [.. people, .. others, .. fakes], Numbered(blocks), [new DayPlan(Day, open + 1, [blocks.Length], IsStepping: _orders.Next(4) > 0)]) { RebuiltIn = at + 1 };
    }

    /// <summary>Of a day of which the same people come again with a file, days after they were forgotten.</summary>
    public static World MakeForgotten(int seed, RebuildRule rule) => new RebuildMaking(seed).MakeForgotten(rule);

    private World MakeForgotten(RebuildRule rule)
    {
        var (people, _, _) = MakePeople();
        var habits = new Habits(_random, people, _browsers);
        var wrong = Wrongly(people, isLive: true, out _);
        List<Deed>[] files = [habits.OfDay(Day), habits.OfDay(Day)];
        var right = Count(DaysApart, files);
        var counted = Count(DaysApart, [.. files.Select(file => file.Select(wrong).OfType<Deed>().ToList())]);
        var rebuilt = rule == RebuildRule.AlsoForgotten ? RebuiltBlock.Of(Day, counted, right, RebuildRule.AsItIs) : new CountedBlock(0, [], []);
        CountedBlock[] blocks = [.. counted.Where((_, i) => i % 2 == 0), .. counted.Where((_, i) => i % 2 == 1), rebuilt];
        return new World(seed, people, Numbered(blocks), [new DayPlan(Day, Person.Partitions, [2 * Person.Partitions, blocks.Length], IsStepping: false)]) { RebuiltIn = blocks.Length };
    }

    private static List<CountedBlock> Numbered(IEnumerable<CountedBlock> blocks) => [.. blocks.Select((block, i) => block with { Seq = i + 1 })];

    // Who comes, who comes late, and whom the attacker made, of one network.
    private (List<Person> People, List<Person> Others, List<Person> Fakes) MakePeople()
    {
        var haveCookies = _browsers.Next(3) > 0;
        var people = MakePeople(0, _random.Next(15, 50), haveCookies);
        var others = MakePeople(people.Count, _random.Next(12, 20), haveCookies);
        return (people, others, _orders.Next(3) > 0 ? [] : MakePeople(FirstOwn, _orders.Next(8, 20), haveCookies).ConvertAll(person => person with { Network = FirstOwn, IsFake = true }));
    }

    private List<Person> MakePeople(int from, int count, bool haveCookies) =>
        [.. Enumerable.Range(from, count).Select(i => new Person(i, i, _random.Next(Person.Kinds), Age: haveCookies ? Ages[_browsers.Next(Ages.Length)] : 0))];

    // Null for who was not seen. Of an open day a page is taken for one that nobody sees, and hours are what they are.
    private Func<Deed, Deed?> Wrongly(IReadOnlyList<Person> people, bool isLive, out bool isMistaken)
    {
        var unseen = people.Where(_ => _random.Next(3) == 0).Take(_random.Next(people.Count)).ToHashSet();
        var (page, taken) = _random.Next(2) == 0 ? ("", "") : ($"/{(char)('a' + _random.Next(1, 8))}", isLive ? "/z" : World.FirstPage);
        var elsewhere = !isLive && _random.Next(2) == 0 ? people[_random.Next(people.Count)] : null;
        isMistaken = page.Length > 0;
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
    private static List<CountedBlock> Count(int daysApart, params IReadOnlyList<Deed>[] files) =>
        [.. Enumerable.Range(0, Person.Partitions).SelectMany(partition => Counting.Count([.. files.SelectMany((file, i) => Log(partition, i, file, i * daysApart))], World.Site, [.. files.Select((_, i) => 2 * (i + 1))]))];

    private static IEnumerable<LoggedGroup> Log(int partition, int file, IReadOnlyList<Deed> deeds, int daysLater)
    {
        var received = new DateTimeOffset(Day.AddDays(1 + daysLater), new TimeOnly(1 + file, 0), TimeSpan.Zero);
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
}
