using System.Globalization;

namespace KpTelemetry.Benchmarks.Utility;

/// <summary>
/// Days of a site of 400 routes, whose popularity follows Zipf's law with exponent 1: so many visitors a day, each from
/// an address of its own, with one visit of three page views.
/// </summary>
internal static class SimulatedVisits
{
    private const int Routes = 400;
    private const int ViewsOfVisit = 3;
    private const int SecondsOfDay = 24 * 60 * 60;

    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
    ];

    // Up to each route, the share of page views.
    private static readonly double[] Popularity = Cumulated();

    /// <summary>One day's requests in the order of their times.</summary>
    public static IReadOnlyList<Hit> OfDay(DateOnly day, int visitors, Random random)
    {
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var hits = new List<Hit>(visitors * ViewsOfVisit);
        for (var visitor = 0; visitor < visitors; visitor++)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"{random.Next(11, 200)}.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}");
            var agent = Agents[random.Next(Agents.Length)];
            var second = random.Next(SecondsOfDay - 600);
            for (var view = 0; view < ViewsOfVisit; view++)
                hits.Add(new Hit(midnight.AddSeconds(second + (view * 60)), address, agent, "GET", Route(random), 200, 10_000, ""));
        }

        return [.. hits.OrderBy(hit => hit.At)];
    }

    private static string Route(Random random)
    {
        var at = Array.BinarySearch(Popularity, random.NextDouble());
        return string.Create(CultureInfo.InvariantCulture, $"/topics/{(char)('a' + ((at < 0 ? ~at : at) % 20))}/page-{(at < 0 ? ~at : at)}");
    }

    private static double[] Cumulated()
    {
        var weights = Enumerable.Range(1, Routes).Select(rank => 1.0 / rank).ToArray();
        var (sum, all) = (0.0, weights.Sum());
        return [.. weights.Select(weight => (sum += weight) / all)];
    }
}
