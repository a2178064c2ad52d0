using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KpTelemetry.Local.Simulator.Logs;

namespace KpTelemetry.Simulator.Tests;

public sealed partial class GeneratedLogTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task WriteAsync_SameSeed_SameBytes()
    {
        Assert.Equal(await BytesAsync(Log(20_000)), await BytesAsync(Log(20_000)));
        Assert.NotEqual(await BytesAsync(Log(500)), await BytesAsync(Log(500) with { Seed = 8 }));
        Assert.NotEqual(await BytesAsync(Log(500)), await BytesAsync(Log(500) with { Chapter = 1 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(12_345)]
    public async Task WriteAsync_AnyNumberOfLines_ThatManyInOrderWithinTheSpan(int lines)
    {
        var log = Log(lines);
        var times = (await LinesAsync(log)).Select(line => Time(Parse(line))).ToList();
        Assert.Equal(lines, times.Count);
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], log.Start, log.End);
        Assert.InRange(times[^1], log.Start, log.End.AddTicks(-1));
    }

    [Theory]
    [InlineData("kp.org")]
    [InlineData("healthy.kaiserpermanente.org")]
    [InlineData("m.kp.org")]
    public async Task WriteAsync_LargeLog_LooksLikeTheLogOfASite(string site)
    {
        var lines = (await LinesAsync(Log(60_000) with { Site = site })).ConvertAll(Parse);
        var visitors = lines.GroupBy(l => (l.Groups["address"].Value, l.Groups["agent"].Value)).ToList();

        Assert.InRange(Share(lines, l => IsBot(l.Groups["agent"].Value)), 0.10, 0.20);
        Assert.InRange(Share(lines, l => l.Groups["user"].Value != "-"), 0.01, 0.03);
        Assert.InRange(Share(lines, l => l.Groups["status"].Value == "200"), 0.85, 0.97);
        Assert.InRange(Share(lines, l => l.Groups["path"].Value.StartsWith("/static/", StringComparison.Ordinal)), 0.35, 0.65);
        Assert.InRange(visitors.Count(v => v.Select(l => Time(l).Date).Distinct().Count() > 1) / (double)visitors.Count, 0.01, 0.5);
        Assert.True(visitors.Select(v => Network(v.Key.Item1)).Distinct(StringComparer.Ordinal).Count() > visitors.Count / 2, "visitors crowd in few networks");
    }

    [Fact]
    public async Task WriteAsync_LaterChapter_PeopleReturn()
    {
        var first = await VisitorsAsync(Log(20_000));
        var second = await VisitorsAsync(Log(20_000) with { Chapter = 1 });
        Assert.InRange(second.Intersect(first).Count() / (double)second.Count, 0.05, 0.95);
    }

    [Fact]
    public async Task WriteAsync_LargeLog_CarriesWhatMustBeStripped()
    {
        var text = Encoding.ASCII.GetString(await BytesAsync(Log(60_000)));
        Assert.Contains("?q=", text, StringComparison.Ordinal);
        Assert.Contains("gclid=", text, StringComparison.Ordinal);
        Assert.Contains("%40example.com", text, StringComparison.Ordinal);
        Assert.Matches("/doctors-locations/provider/[0-9]{7} ", text);
    }

    [Fact]
    public async Task WriteAsync_NightsAndWeekends_AreQuieter()
    {
        var times = (await LinesAsync(Log(60_000))).Select(line => Time(Parse(line))).ToList();
        Assert.True(times.Count(t => t.Hour is 9 or 10) > 4 * times.Count(t => t.Hour is 2 or 3), "no night");
        Assert.True(times.Count(t => t.DayOfWeek == DayOfWeek.Monday) > 1.3 * times.Count(t => t.DayOfWeek == DayOfWeek.Sunday), "no weekend");
    }

    private static GeneratedLog Log(long lines) => new("kp.org", lines, Start, Start.AddDays(14), 7);

    private static async Task<byte[]> BytesAsync(GeneratedLog log)
    {
        using var stream = new MemoryStream();
        await log.WriteAsync(stream);
        return stream.ToArray();
    }

    private static async Task<List<string>> LinesAsync(GeneratedLog log) =>
        [.. Encoding.ASCII.GetString(await BytesAsync(log)).TrimEnd('\n').Split('\n')];

    private static async Task<HashSet<(string Address, string Agent)>> VisitorsAsync(GeneratedLog log) =>
        [.. (await LinesAsync(log)).Select(Parse).Select(l => (l.Groups["address"].Value, l.Groups["agent"].Value))];

    private static Match Parse(string line)
    {
        var match = Combined().Match(line);
        Assert.True(match.Success, "a line is not in the combined format");
        return match;
    }

    private static DateTimeOffset Time(Match line) =>
        DateTimeOffset.ParseExact(line.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);

    private static double Share(List<Match> lines, Func<Match, bool> which) => lines.Count(which) / (double)lines.Count;

    private static bool IsBot(string agent) => agent == "-" || BotWords().IsMatch(agent);

    private static string Network(string address) => address[..address.LastIndexOfAny(['.', ':'])];

    [GeneratedRegex("""\A(?<address>[0-9a-f.:]+) - (?<user>\S+) \[(?<time>[^\]]+)\] "(?:GET|HEAD) (?<path>\S+) HTTP/1\.1" (?<status>\d{3}) (?:\d+|-) "[^"]+" "(?<agent>[^"]+)"\z""", RegexOptions.ExplicitCapture, 60_000)]
    private static partial Regex Combined();

    [GeneratedRegex("bot|externalhit|python|curl|Go-http", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 60_000)]
    private static partial Regex BotWords();
}
