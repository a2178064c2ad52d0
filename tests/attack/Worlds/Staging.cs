using KpTelemetry.Pipeline.Tests.Counting;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>One person's day: the pages of one visit, in their order.</summary>
public sealed record Journey(int Kind, params string[] Pages)
{
    public uint Age { get; init; }
    public string Campaign { get; init; } = "";
    public string Referrer { get; init; } = "";
    public int SecondsEach { get; init; } = 60;
    /// <summary>The first page view is so many minutes before the day.</summary>
    public int MinutesBefore { get; init; }
}

/// <summary>Worlds in which everybody's day is written down: one day, imported when it is over, of people who share no network.</summary>
internal static class Staging
{
    private static readonly DateOnly Day = new(2026, 1, 26);
    private static readonly int[] Edges = [0, 1, 5, 9, 10, 10, 10, 11, 11, 12, 20, 21, 30];
    private static readonly string[] Referrers = ["", "https://www.google.com/search", "https://t.example/"];
    private static readonly string[] Campaigns = ["", "spring", "autumn"];
    private static readonly int[] Devices = [0, 3, Person.Tablet, Person.Console];

    /// <param name="late">Who comes with a file after the close.</param>
    public static World Of(IReadOnlyList<Journey> journeys, params IReadOnlyList<Journey> late)
    {
        var people = journeys.Concat(late).Select((journey, i) => new Person(i, i, journey.Kind, Age: journey.Age)).ToList();
        List<Deed> file = [.. people.Skip(journeys.Count).Zip(late).SelectMany(Deeds)];
        return Of(people, [.. people.Zip(journeys).SelectMany(Deeds)], file.Count > 0 ? [file] : []);
    }

    /// <summary>A live day of one view each, each a block of its own: as many people as are told of every second number, and of the attacker's own for the numbers between.</summary>
    public static World Trickling(params int[] numbers) => Trickling(0, again: 0, numbers);

    /// <summary>The same, where some of the views are of somebody who has looked before; the attacker's are all of one visitor, so that of two figures one moves.</summary>
    public static World Trickling(int seed, double again, params int[] numbers)
    {
        // Whose first draws make groups and blocks of one event.
        var random = Enumerable.Range(1, 10_000).First(seed => new Random(seed) is var drawn && drawn.Next(1, 5) == 1 && drawn.Next(1, 25) == 1);
        var views = Views(new Random(seed), again, [.. numbers.SelectMany((number, i) => Enumerable.Repeat(i % 2 == 1, number))]);
        var logs = Enumerable.Range(0, Person.Partitions).Select(_ => new List<LoggedGroup>()).ToArray();
        var cuts = logs.Select(_ => new List<int>()).ToArray();
        var order = new List<(int Partition, int Block)>();
        var midnight = new DateTimeOffset(Day, TimeOnly.MinValue, TimeSpan.Zero);
        new Sender(new Random(random), logs, cuts, order).Send([.. views.Select((person, i) => new Deed(person, person.Do(midnight.AddMinutes(i), World.FirstPage, bytes: World.SizeOf(World.FirstPage))))], Day, isLive: true);
        return new World(seed, [.. views.Distinct()], Counting.Count(logs, cuts, order), [new DayPlan(Day, order.Count, [], IsStepping: true)]);
    }

    // All of one partition, so that blocks are in the order of views.
    private static List<Person> Views(Random random, double again, IReadOnlyList<bool> areFake)
    {
        var views = new List<Person>();
        foreach (var isFake in areFake)
        {
            var before = views.Where(person => person.IsFake == isFake).ToList();
            var number = views.Count * Person.Partitions;
            views.Add(before.Count > 0 && random.NextDouble() < (isFake && again > 0 ? 1 : again) ? before[random.Next(before.Count)] : new Person(number, isFake ? areFake.Count : views.Count, 0, isFake));
        }

        return views;
    }

    /// <summary>
    /// Everybody comes once and sees one page; then come files of a few more. In every second world as many people as the
    /// rule looks closely at are alike: in page, browser, source and cohort.
    /// </summary>
    public static World OnceEach(int seed)
    {
        var random = new Random(seed);
        var (kinds, skew, campaigns) = (random.Next(2, 5), 0.5 + (random.NextDouble() * 2), random.Next(0, 3));
        List<int> alike = seed % 2 == 0 ? [] : [.. Enumerable.Range(0, kinds).SelectMany(kind => Enumerable.Repeat(kind, Edges[random.Next(Edges.Length)]))];
        int[] numbers = [alike.Count > 0 ? alike.Count : random.Next(9, 40), .. Enumerable.Range(0, random.Next(0, 3)).Select(_ => random.Next(1, 16))];
        var people = Enumerable.Range(0, numbers.Sum()).Select(i => (Person: new Person(i, i, Kind(i), Age: (uint)Kind(i)), Journey: new Journey(0, $"/{(char)('a' + Kind(i))}")
        {
            Referrer = Referrers[Kind(i) % Referrers.Length],
            Campaign = Campaigns[Math.Min(campaigns, Kind(i))],
        })).ToList();
        List<List<Deed>> files = [.. numbers.Select((number, i) => people.Skip(numbers.Take(i).Sum()).Take(number).SelectMany(Deeds).ToList())];
        return Of([.. people.Select(one => one.Person)], files[0], files[1..]) with { Seed = seed };

        int Kind(int person) => person < alike.Count ? alike[person] : (int)(kinds * Math.Pow(random.NextDouble(), skew));
    }

    private static World Of(IReadOnlyList<Person> people, IReadOnlyList<Deed> deeds, IReadOnlyList<List<Deed>> files)
    {
        var logs = Enumerable.Range(0, Person.Partitions).Select(_ => new List<LoggedGroup>()).ToArray();
        var cuts = logs.Select(_ => new List<int>()).ToArray();
        var order = new List<(int Partition, int Block)>();
        var sender = new Sender(new Random(1), logs, cuts, order);
        sender.Send([.. deeds.OrderBy(deed => deed.Event.At)], Day, isLive: false);
        var close = order.Count;
        var settles = new List<long>();
        foreach (var file in files)
        {
            sender.SendLate(file, Day);
            settles.Add(order.Count);
        }

        return new World(0, people, Counting.Count(logs, cuts, order), [new DayPlan(Day, close, settles, IsStepping: false)]);
    }

    private static IEnumerable<Deed> Deeds((Person Person, Journey Journey) one) => one.Journey.Pages.Select((page, i) => new Deed(one.Person,
        one.Person.Do(Beginning(one.Person, one.Journey).AddSeconds(i * one.Journey.SecondsEach), page, bytes: World.SizeOf(page), referrer: one.Journey.Referrer, campaign: one.Journey.Campaign)));

    private static DateTimeOffset Beginning(Person person, Journey journey) =>
        new DateTimeOffset(Day, TimeOnly.MinValue, TimeSpan.Zero).AddMinutes(journey.MinutesBefore > 0 ? -journey.MinutesBefore : person.Number % 1200);

    /// <summary>As many people as a cell says see this page, and no other, on that kind of device.</summary>
    public static World OfGrid(IReadOnlyList<IReadOnlyList<int>> cells) => Of([.. Journeys(cells)]);

    /// <summary>The same, and after the close files of the attacker's own, each with one more view of every page on every kind of device.</summary>
    public static World Probed(IReadOnlyList<IReadOnlyList<int>> cells, int files)
    {
        List<(Person Person, Journey Journey)> people = [.. Journeys(cells).Select((journey, i) => (new Person(i, i, journey.Kind), journey))];
        List<(Person Person, Journey Journey)> fakes = [.. Journeys([.. cells.Select(line => line.Select(_ => 1).ToArray())]).Select((journey, i) => (new Person(people.Count + i, people.Count, journey.Kind, IsFake: true), journey))];
        return Of([.. people.Concat(fakes).Select(one => one.Person)], [.. people.SelectMany(Deeds)], [.. Enumerable.Range(0, files).Select(_ => fakes.SelectMany(Deeds).ToList())]);
    }

    private static IEnumerable<Journey> Journeys(IReadOnlyList<IReadOnlyList<int>> cells) =>
        from page in Enumerable.Range(0, cells.Count)
        from device in Enumerable.Range(0, cells[page].Count)
        from _ in Enumerable.Range(0, cells[page][device])
        select new Journey(Devices[device], $"/{(char)('a' + page)}");

    /// <summary>The same with a few more or fewer in every cell.</summary>
    public static int[][] Near(IReadOnlyList<IReadOnlyList<int>> cells, int seed)
    {
        var random = new Random(seed);
        return [.. cells.Select(line => line.Select(people => Math.Max(0, people + random.Next(-3, 4))).ToArray())];
    }

    /// <summary>A grid by chance, with a few cells of few.</summary>
    public static int[][] Grid(int seed)
    {
        var random = new Random(seed);
        var (pages, devices) = (random.Next(2, 6), random.Next(2, 5));
        return [.. Enumerable.Range(0, pages).Select(_ => Enumerable.Range(0, devices).Select(_ => random.Next(8) switch { 0 => random.Next(1, 4), 1 => 0, _ => random.Next(11, 27) }).ToArray())];
    }
}
