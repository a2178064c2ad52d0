using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Tests.Engines;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>The sample log through two partitions of the fold, against figures that are known and a reading of the log by other, simple code.</summary>
public sealed partial class SampleLogTests
{
    private static readonly DateOnly FirstDay = new(2015, 5, 17);

    [Fact]
    public void Fold_SampleLog_GivesItsKnownFigures()
    {
        Assert.SkipUnless(Repository.SharedData("apache_combined_10k.log") is not null, "needs ../shared/data");
        var lines = Read();
        var cells = FoldInTwoPartitions(lines);

        Assert.Equal([1632, 2893, 2896, 2579], ByDay(cells, Table.Site, counters => counters.Requests));
        Assert.Equal(2_747_282_740, cells.Where(cell => cell.Key.Table == Table.Site).Sum(cell => cell.Value.Bytes));
        Assert.Equal(
            new Dictionary<string, long>(StringComparer.Ordinal) { ["200"] = 9126, ["304"] = 445, ["404"] = 213, ["301"] = 164, ["206"] = 45, ["500"] = 3, ["403"] = 2, ["416"] = 2 },
            cells.Where(cell => cell.Key.Table == Table.Status).GroupBy(cell => cell.Key.Label, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(cell => cell.Value.Requests), StringComparer.Ordinal));
        Assert.Equal(220, cells.Where(cell => cell.Key.Table == Table.Site).Sum(cell => cell.Value.Errors));
    }

    [Fact]
    public void Fold_SampleLog_HasThePageViewsAndVisitorsOfASimpleReading()
    {
        Assert.SkipUnless(Repository.SharedData("apache_combined_10k.log") is not null, "needs ../shared/data");
        var lines = Read();
        var cells = FoldInTwoPartitions(lines);
        var isBot = BotsOf(lines.Select(line => line.Agent).Distinct(StringComparer.Ordinal));
        var human = lines.Where(line => !isBot.Contains(line.Agent)).ToArray();

        var days = Enumerable.Range(0, 4).Select(FirstDay.AddDays).ToArray();
        Assert.Equal(days.Select(day => human.LongCount(line => line.Day == day && line.IsView)), ByDay(cells, Table.Site, counters => counters.PageViews));
        Assert.Equal(days.Select(day => (long)human.Where(line => line.Day == day).Select(line => (line.Address, line.Agent)).Distinct().Count()), ByDay(cells, Table.Site, counters => counters.Visitors));
        Assert.Equal(
            human.Where(line => line.IsView && line.Path == "/projects/xdotool/").GroupBy(line => line.Day).OrderBy(group => group.Key).Select(group => (long)group.Select(line => (line.Address, line.Agent)).Distinct().Count()),
            ByDay(cells, Table.Page, counters => counters.Visitors, "/projects/xdotool/"));
        // A visitor has one browser, one system, one device, one country and enters by one page a day.
        foreach (var table in new[] { Table.Browser, Table.Os, Table.Device, Table.Country })
            Assert.Equal(ByDay(cells, Table.Site, counters => counters.Visitors), ByDay(cells, table, counters => counters.Visitors));
        Assert.Equal(ByDay(cells, Table.Site, counters => counters.Viewers), ByDay(cells, Table.Page, counters => counters.Entered));
        Assert.Equal(ByDay(cells, Table.Site, counters => counters.Viewers), ByDay(cells, Table.Referrer, counters => counters.Entered));
    }

    private sealed record Line(long Position, string Address, DateTimeOffset At, string Method, string Path, int Status, long Bytes, string Referrer, string Agent)
    {
        public DateOnly Day => DateOnly.FromDateTime(At.UtcDateTime);

        public bool IsView => Method == "GET" && (Status is 304 or (>= 200 and < 300)) && !AssetForm().IsMatch(Path[(Path.LastIndexOf('/') + 1)..]) && !FeedForm().IsMatch(Path);
    }

    private static List<Line> Read()
    {
        var lines = new List<Line>();
        long position = 0;
        foreach (var text in File.ReadLines(Repository.SharedData("apache_combined_10k.log")!))
        {
            var match = LineForm().Match(text);
            Assert.True(match.Success);
            lines.Add(new Line(
                position, match.Groups["address"].Value,
                DateTimeOffset.ParseExact(match.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture),
                match.Groups["method"].Value, match.Groups["path"].Value.Split('?', '#')[0], int.Parse(match.Groups["status"].Value),
                long.TryParse(match.Groups["bytes"].Value, out var bytes) ? bytes : 0, match.Groups["referrer"].Value.Split('?', '#')[0], match.Groups["agent"].Value));
            position += text.Length + 1;
        }

        return lines;
    }

    private static Dictionary<CellName, Counters> FoldInTwoPartitions(List<Line> lines)
    {
        var received = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var blocks = new List<BlockContent>();
        foreach (var mine in lines.GroupBy(line => StringComparer.Ordinal.GetHashCode(line.Address + line.Agent) & 1))
        {
            using var folding = new Folding();
            ulong sequence = 0;
            long from = 0;
            foreach (var chunk in mine.Chunk(700))
            {
                var to = chunk[^1].Position + 1;
                folding.Add(TestGroups.OfFile(1, ++sequence, received, TestGroups.File(1, 1, from, to, TestGroups.Sample), chunk.Select(Event).ToArray()));
                folding.Cut();
                from = to;
            }

            blocks.AddRange(folding.Blocks);
        }

        return Folding.Sum(blocks);
    }

    private static TestEvent Event(Line line) => new(line.At, line.Address, line.Agent, line.Path, line.Status, line.Bytes, line.Method, line.Referrer, line.Position);

    private static IEnumerable<long> ByDay(Dictionary<CellName, Counters> cells, Table table, Func<Counters, long> figure, string? label = null) =>
        cells.Where(cell => cell.Key.Table == table && (label is null || cell.Key.Label == label)).GroupBy(cell => cell.Key.Day).OrderBy(group => group.Key).Select(group => group.Sum(cell => figure(cell.Value)));

    // The rule as the contract words it, with nothing of the product's: every pattern of the list, and uap-core's first matching device.
    private static HashSet<string> BotsOf(IEnumerable<string> agents)
    {
        using var list = JsonDocument.Parse(File.ReadAllBytes(Repository.NodeModule("crawler-user-agents/crawler-user-agents.json")));
        var crawlers = list.RootElement.EnumerateArray().Select(entry => new Regex(entry.GetProperty("pattern").GetString()!, RegexOptions.None, TimeSpan.FromMinutes(1))).ToArray();
        var yaml = new YamlStream();
        yaml.Load(File.OpenText(Repository.NodeModule("uap-core/regexes.yaml")));
        var devices = ((YamlSequenceNode)((YamlMappingNode)yaml.Documents[0].RootNode)["device_parsers"]).Cast<YamlMappingNode>().Select(rule => (
            Regex: new Lazy<Regex>(() => new Regex((Text(rule, "regex_flag") == "i" ? "(?i)" : "") + Text(rule, "regex"), RegexOptions.None, TimeSpan.FromMinutes(1))),
            IsSpider: Text(rule, "device_replacement") == "Spider")).ToArray();
        return
        [
            .. agents.Where(agent => agent is "" or "-" || crawlers.Any(crawler => crawler.IsMatch(agent)) || devices.FirstOrDefault(device => device.Regex.Value.IsMatch(agent)).IsSpider),
        ];
    }

    private static string? Text(YamlMappingNode rule, string key) => rule.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    [GeneratedRegex("""^(?<address>\S+) \S+ \S+ \[(?<time>[^\]]+)\] "(?<method>\S+) (?<path>\S+) [^"]*" (?<status>\d+) (?<bytes>\S+) "(?<referrer>[^"]*)" "(?<agent>[^"]*)"?$""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex LineForm();

    [GeneratedRegex(@"^favicon\.|\.(css|js|mjs|map|json|xml|rss|atom|txt|ico|png|jpg|jpeg|gif|svg|webp|avif|woff|woff2|ttf|eot|mp3|mp4|webm|zip|gz|pdf)$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex AssetForm();

    [GeneratedRegex("/(feeds?|rss|atom)/?$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FeedForm();
}
