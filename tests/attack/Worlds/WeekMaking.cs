using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>
/// Random weeks and months of a site so small that most of its days are told only with others, with files that come
/// days or weeks late: for days that have joined, for days that still wait, for days that were told.
/// </summary>
internal sealed class WeekMaking(int seed)
{
    private const int FirstFake = 1000;
    private const int Apart = 1_000_000;

    private static readonly DateOnly Monday = new(2026, 1, 26);
    private const int WeeksOfMonth = 5;

    private readonly Random _random = new(seed);
    private readonly List<(int Partition, int Block)> _order = [];
    private readonly SortedDictionary<DateOnly, (long Close, bool IsStepping, List<long> Late)> _days = [];

    // A day's state lives on with each event of anybody: where somebody alone would be forgotten at another time, it is
    // not known who is behind a number, and another world is made.
    public static World Make(int seed)
    {
        var world = new WeekMaking(seed).Make();
        for (var next = seed + Apart; world.Blocks.Any(block => block.Torn().Any()); next += Apart)
            world = new WeekMaking(next).Make();
        return world with { Seed = seed };
    }

    private World Make()
    {
        var isMonth = _random.Next(4) == 0;
        var people = Enumerable.Range(0, isMonth ? _random.Next(1, 5) : _random.Next(4, 20)).Select(i => new Person(i, i, _random.Next(Person.Kinds))).ToList();
        var habits = new Habits(_random, people);
        var logs = Enumerable.Range(0, Person.Partitions).Select(_ => new List<LoggedGroup>()).ToArray();
        var cuts = logs.Select(_ => new List<int>()).ToArray();
        var sender = new Sender(_random, logs, cuts, _order);
        var busy = 0.2 + (_random.NextDouble() * 0.7);
        // The first day of the next week closes the last one.
        var last = Monday.AddDays(7 * (isMonth ? WeeksOfMonth : _random.Next(1, 3)));
        for (var day = Monday; day <= last; day = day.AddDays(1))
        {
            Play(day, day == last ? 1 : busy * _random.NextDouble() * 1.5, habits, sender);
            for (var late = _random.Next(day == last ? 4 : 2); late > 0 && _days.Count > 0; late--)
                PlayLate(day, habits, sender);
        }

        var fakes = _random.Next(2) == 0 ? PlayOwn(last, sender) : [];
        return new World(seed, [.. people, .. fakes], Counting.Count(logs, cuts, _order), [.. _days.Select(day => new DayPlan(day.Key, day.Value.Close, day.Value.Late, day.Value.IsStepping))]);
    }

    private void Play(DateOnly day, double share, Habits habits, Sender sender)
    {
        var deeds = habits.OfDay(day, share);
        if (deeds.Count == 0)
            return;
        var isStepping = _random.Next(2) == 0;
        sender.Send(deeds, day, isLive: isStepping || _random.Next(2) == 0);
        _days[day] = (_order.Count, isStepping, []);
    }

    // Once the weeks are told, the attacker sends a file of its own for one of the last days: each visitor of it, of one
    // network, makes one request, so that it is known whether anybody else was late.
    private List<Person> PlayOwn(DateOnly today, Sender sender)
    {
        List<Person> fakes = [.. Enumerable.Range(FirstFake, _random.Next(4, 12)).Select(i => new Person(i, FirstFake, 0, IsFake: true))];
        var day = _days.Keys.Where(day => day < today).TakeLast(2).First();
        sender.Send([.. fakes.Select(fake => new Deed(fake, new TestEvent(new DateTimeOffset(day, new TimeOnly(12, 0), TimeSpan.Zero), fake.Address, fake.Agent, World.FirstPage, Bytes: World.SizeOf(World.FirstPage))))], today, isLive: false);
        _days[day].Late.Add(_order.Count);
        return fakes;
    }

    // Whoever has come before counts once more where the state of the day has ended meanwhile.
    private void PlayLate(DateOnly today, Habits habits, Sender sender)
    {
        var day = _days.Keys.ElementAt(_random.Next(3) == 0 ? _random.Next(_days.Count) : Math.Max(0, _days.Count - 1 - _random.Next(3)));
        var deeds = habits.OfDay(day, Math.Sqrt(_random.NextDouble()));
        if (deeds.Count == 0)
            return;
        sender.Send(deeds, today, isLive: false);
        _days[day].Late.Add(_order.Count);
    }
}
