using KpTelemetry.Pipeline.Tests.Counting;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>What people do on a day: how many come, which pages they see, how often. Drawn once a world, so that its days are alike.</summary>
internal sealed class Habits
{
    private static readonly string[] Referrers = ["", "https://www.google.com/search", "https://t.example/", "https://semicomplete.com/"];
    private readonly Random _random;
    private readonly IReadOnlyList<Person> _people;
    private readonly int _pages;
    private readonly double _skew;
    private readonly int _mostViews;
    private readonly bool _areSpread;

    public Habits(Random random, IReadOnlyList<Person> people)
    {
        (_random, _people) = (random, people);
        (_pages, _skew, _mostViews) = (random.Next(2, 9), 0.5 + (random.NextDouble() * 3), random.Next(1, 6));
        // Fakes each on a page of their own look like many people who entered by many small pages.
        _areSpread = random.Next(2) == 0;
    }

    /// <summary>The day's deeds in the order of their times.</summary>
    public List<Deed> OfDay(DateOnly day, double share = 1)
    {
        var deeds = new List<Deed>();
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var heavy = _random.Next(12) == 0 ? _random.Next(_people.Count) : -1;
        foreach (var person in _people.Where(_ => _random.NextDouble() < share))
        {
            var views = person.Number == heavy ? _random.Next(100, 300) : _random.Next(1, _mostViews + 1);
            var minute = _random.Next(24 * 60);
            for (var view = 0; view < views; view++)
            {
                deeds.Add(new Deed(person, Do(person, midnight.AddMinutes(minute))));
                minute = Math.Min((24 * 60) - 1, minute + _random.Next(0, 50));
            }
        }

        return [.. deeds.OrderBy(deed => deed.Event.At)];
    }

    private TestEvent Do(Person person, DateTimeOffset at)
    {
        var page = person.IsFake && _areSpread ? person.Number % 26 : (int)(_pages * Math.Pow(_random.NextDouble(), _skew));
        var path = $"/{(char)('a' + page)}";
        var referrer = Referrers[(int)(Referrers.Length * Math.Pow(_random.NextDouble(), _skew))];
        return _random.Next(8) == 0
            ? new TestEvent(at, person.Address, person.Agent, path, Status: 404, Bytes: 10)
            : new TestEvent(at, person.Address, person.Agent, path, Bytes: World.SizeOf(path), Referrer: referrer);
    }
}
