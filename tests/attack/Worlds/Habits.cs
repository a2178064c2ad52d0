using KpTelemetry.Pipeline.Tests.Counting;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>What people do on a day: how many come, which pages they see, how often. Drawn once a world, so that its days are alike.</summary>
internal sealed class Habits
{
    private static readonly string[] Referrers = ["", "https://www.google.com/search", "https://t.example/", "https://semicomplete.com/"];
    private static readonly string[] Campaigns = ["spring", "autumn", "winter", "news"];
    private const int LastSecond = (24 * 60 * 60) - 60;

    private readonly Random _random;
    private readonly IReadOnlyList<Person> _people;
    private readonly int _pages;
    private readonly double _skew;
    private readonly int _mostViews;
    private readonly bool _areSpread;
    private readonly Random? _browsers;
    private readonly int _campaigns;
    private readonly bool _areQuick;

    /// <param name="browsers">Draws what only browsers tell, campaigns and seconds; null where all comes from log lines of whole minutes.</param>
    public Habits(Random random, IReadOnlyList<Person> people, Random? browsers = null)
    {
        (_random, _people, _browsers) = (random, people, browsers);
        (_campaigns, _areQuick) = browsers is null ? (0, false) : (Math.Max(0, browsers.Next(-2, 5)), browsers.Next(3) == 0);
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
            var second = _random.Next(24 * 60) * 60;
            for (var view = 0; view < views; view++)
            {
                deeds.Add(new Deed(person, Do(person, midnight.AddSeconds(second))));
                second = Math.Min(LastSecond, second + Staying(_random.Next(0, 50) * 60));
            }
        }

        return [.. deeds.OrderBy(deed => deed.Event.At)];
    }

    private string Campaign() => _campaigns == 0 || _browsers!.Next(3) > 0 ? "" : Campaigns[(int)(_campaigns * Math.Pow(_browsers.NextDouble(), _skew))];

    // Where people are quick, a few stay all the same.
    private int Staying(int seconds) => !_areQuick ? seconds : _browsers!.Next(10) == 0 ? _browsers.Next(600, 1800) : _browsers.Next(1, 20);

    private TestEvent Do(Person person, DateTimeOffset at)
    {
        var page = person.IsFake && _areSpread ? person.Number % 26 : (int)(_pages * Math.Pow(_random.NextDouble(), _skew));
        var path = $"/{(char)('a' + page)}";
        var referrer = Referrers[(int)(Referrers.Length * Math.Pow(_random.NextDouble(), _skew))];
        return _random.Next(8) == 0 && !person.IsUntold
            ? person.Do(at, path, status: 404, bytes: 10)
            : person.Do(at, path, bytes: World.SizeOf(path), referrer: referrer, campaign: Campaign());
    }
}
