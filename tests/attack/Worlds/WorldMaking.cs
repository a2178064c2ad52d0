using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>
/// Random worlds of about the size at which thresholds bite: few people, few pages, days that are told in steps or at
/// their close, imports, late files, files that come again and have grown.
/// </summary>
internal sealed class WorldMaking(int seed, bool isCrowd)
{
    private const int Apart = 1_000_000;
    private static readonly uint[] Ages = [0, 1, 1, 1, 2, 2, 5];
    private static readonly DateOnly FirstDay = new(2026, 1, 26);
    private readonly Random _random = new(seed);
    private readonly Random _browsers = new(seed + Apart);

    public static World Make(int seed) => new WorldMaking(seed, isCrowd: false).Make();

    /// <summary>A day of a few hundred people on three kinds of device: enough for pairs.</summary>
    public static World MakeCrowd(int seed) => new WorldMaking(seed, isCrowd: true).Make();

    private World Make()
    {
        var days = !isCrowd && _random.Next(4) == 0 ? 2 : 1;
        var people = MakePeople();
        var habits = new Habits(_random, people, _browsers);
        var plans = new List<DayPlan>();
        var logs = Enumerable.Range(0, Person.Partitions).Select(_ => new List<LoggedGroup>()).ToArray();
        var cuts = logs.Select(_ => new List<int>()).ToArray();
        var order = new List<(int Partition, int Block)>();
        var sender = new Sender(_random, logs, cuts, order);
        for (var day = 0; day < days; day++)
        {
            var date = FirstDay.AddDays(day);
            var isStepping = _random.Next(2) == 0;
            var isLive = isStepping || _random.Next(2) == 0;
            // Where not everybody has come before, enough of them can be late to be told.
            var areMissing = _random.Next(3) == 0;
            sender.Send(habits.OfDay(date, share: areMissing ? 0.2 + (_random.NextDouble() * 0.6) : 1), date, isLive);
            var close = order.Count;
            var settles = new List<long>();
            for (var late = _random.Next(4); late > 0; late--)
            {
                var deeds = habits.OfDay(date, share: Math.Pow(_random.NextDouble(), areMissing ? 1 : 4) * 0.8);
                sender.SendLate(_random.Next(6) == 0 ? [.. deeds.Take(1)] : deeds, date);
                settles.Add(order.Count);
            }

            plans.Add(new DayPlan(date, close, settles, isStepping));
        }

        return new World(seed, people, Counting.Count(logs, cuts, order), plans);
    }

    private List<Person> MakePeople()
    {
        if (isCrowd)
            return [.. Enumerable.Range(0, _random.Next(150, 300)).Select(i => new Person(i, i, i % 3 == 0 ? Person.Tablet : i % 3 == 1 ? 3 : 0))];
        var count = _random.Next(8, 60);
        var ofNetwork = _random.Next(3) switch { 0 => 1, 1 => 2, _ => 6 };
        var people = Enumerable.Range(0, count).Select(i => new Person(i, i / ofNetwork, _random.Next(Person.Kinds))).ToList();
        if (_random.Next(3) == 0)
            people.AddRange(Enumerable.Range(0, _random.Next(12, 30)).Select(i => new Person(count + i, 999, _random.Next(Person.Kinds), IsFake: true)));
        return Seen(people);
    }

    // In some worlds all comes from log lines, in others most have a cookie; in a few there are browsers without one.
    private List<Person> Seen(List<Person> people)
    {
        var (haveCookies, someAreUntold) = (_browsers.Next(3) > 0, _browsers.Next(4) == 0);
        return !haveCookies ? people : people.ConvertAll(person => someAreUntold && !person.IsFake && _browsers.Next(8) == 0
            ? person with { IsUntold = true }
            : person with { Age = Ages[_browsers.Next(Ages.Length)] });
    }
}
