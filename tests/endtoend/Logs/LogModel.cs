using System.Globalization;
using System.Text.RegularExpressions;

namespace KpTelemetry.EndToEnd.Tests.Logs;

/// <summary>What a day of a log shows, counted by hand.</summary>
internal sealed class DayModel
{
    public long Requests { get; set; }
    public long Bytes { get; set; }
    public long Errors { get; set; }
    public long PageViews { get; set; }
    public HashSet<(string Address, string Agent)> Visitors { get; } = [];
    public Dictionary<string, long> Pages { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// Counts a log in the simplest way that can be seen to be right: line by line into dictionaries, with the contract's
/// definitions of page view and visitor.
/// </summary>
internal sealed partial class LogModel
{
    private static readonly HashSet<string> Machine = new(
        "css js mjs map json xml rss atom txt ico png jpg jpeg gif svg webp avif woff woff2 ttf eot mp3 mp4 webm zip gz pdf".Split(' '), StringComparer.OrdinalIgnoreCase);

    public SortedDictionary<DateOnly, DayModel> Days { get; } = [];
    public SortedDictionary<string, long> Status { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Addresses { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Agents { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Users { get; } = new(StringComparer.Ordinal);
    public long Lines { get; private set; }
    public long Malformed { get; private set; }

    public long Requests => Days.Values.Sum(d => d.Requests);

    public DateOnly From => Days.Keys.First();

    public DateOnly To => Days.Keys.Last().AddDays(1);

    /// <summary>Counts the lines of a log by the days of a zone.</summary>
    public static LogModel Of(IEnumerable<string> lines, TimeZoneInfo zone)
    {
        var model = new LogModel();
        foreach (var line in lines)
            model.Add(line, zone);
        return model;
    }

    /// <summary>Figures by day, as a query by <c>time:day</c> gives them.</summary>
    public SortedDictionary<string, long> ByDay(Func<DayModel, long> figure) =>
        new(Days.ToDictionary(d => d.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), d => figure(d.Value), StringComparer.Ordinal), StringComparer.Ordinal);

    private void Add(string line, TimeZoneInfo zone)
    {
        Lines++;
        if (Combined().Match(line) is not { Success: true } parts)
        {
            Malformed++;
            return;
        }

        var (address, agent, status) = (parts.Groups["address"].Value, parts.Groups["agent"].Value, int.Parse(parts.Groups["status"].ValueSpan, CultureInfo.InvariantCulture));
        Remember(address, agent, parts.Groups["user"].Value);
        var at = DateTimeOffset.ParseExact(parts.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);
        var key = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        if (!Days.TryGetValue(key, out var day))
            Days[key] = day = new DayModel();
        Count(day, parts, status);
        if (!BotLists.IsBot(agent))
            CountHuman(day, parts, status, (address, agent));
    }

    private void Remember(string address, string agent, string user)
    {
        Addresses.Add(address);
        Agents.Add(agent);
        if (user != "-")
            Users.Add(user);
    }

    private void Count(DayModel day, Match parts, int status)
    {
        day.Requests++;
        day.Errors += status >= 400 ? 1 : 0;
        day.Bytes += parts.Groups["bytes"].Value is "-" ? 0 : long.Parse(parts.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture);
        var name = parts.Groups["status"].Value;
        Status[name] = Status.GetValueOrDefault(name) + 1;
    }

    private static void CountHuman(DayModel day, Match parts, int status, (string Address, string Agent) visitor)
    {
        day.Visitors.Add(visitor);
        var path = parts.Groups["path"].Value.Split('?', '#', ';')[0];
        if (parts.Groups["method"].Value != "GET" || status is not ((>= 200 and < 300) or 304) || !IsPage(path))
            return;
        day.PageViews++;
        day.Pages[path] = day.Pages.GetValueOrDefault(path) + 1;
    }

    private static bool IsPage(string path)
    {
        var segment = path.TrimEnd('/').Split('/')[^1];
        if (segment.StartsWith("favicon.", StringComparison.OrdinalIgnoreCase) || segment.ToUpperInvariant() is "FEED" or "FEEDS" or "RSS" or "ATOM")
            return false;
        return path.EndsWith('/') || !segment.Contains('.', StringComparison.Ordinal) || !Machine.Contains(segment.Split('.')[^1]);
    }

    // The quote at the end is optional: the sample log has agents that were cut.
    [GeneratedRegex("""\A(?<address>\S+) \S+ (?<user>\S+) \[(?<time>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+) HTTP/[0-9.]+" (?<status>[0-9]{3}) (?<bytes>[0-9]+|-) "(?<referrer>(\\.|[^"\\])*)" "(?<agent>(\\.|[^"\\])*)"?\z""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Combined();
}
