using System.Globalization;
using System.Net;
using KpTelemetry.Query.Tests;
using KpTelemetry.QueryApi.Dashboards;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>What the dashboard of analysts shows of some days: part by part what the model makes of the published rows.</summary>
internal sealed class DashboardPage(AnswerModel model, DateOnly from, DateOnly to, string html)
{
    private const int RowsShown = 12;
    private const string Part = " data-part=\"";
    private static readonly string[] People = ["visitors", "pageviews", "requests"];
    private static readonly string[] Visits = ["visits", "bounce_rate", "visit_duration"];

    private readonly Dictionary<string, string> _parts = Elements(html, "section").Where(section => section.Tag.Contains(Part, StringComparison.Ordinal))
        .ToDictionary(section => WebUtility.HtmlDecode(section.Tag.Split(Part)[1].Split('"')[0]), section => section.Content);

    /// <summary>Of a service to which somebody has signed on.</summary>
    /// <param name="path">The page, or the part of it that refreshes by itself.</param>
    public static async Task AssertShowsAsync(QueryService service, AnswerModel model, string path, DateOnly from, DateOnly to)
    {
        using var response = await service.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{path}?site=sample&from={from:yyyy-MM-dd}&last={to.AddDays(-1):yyyy-MM-dd}"), role: null);
        var page = new DashboardPage(model, from, to, await response.Content.ReadAsStringAsync());
        page.AssertTotals();
        page.AssertBreakdowns();
        Assert.Empty(page._parts.Keys);
    }

    private void AssertTotals()
    {
        string[] metrics = [.. People, .. Visits];
        var shown = Elements(Take("tiles"), "b").Select(tile => Text(tile.Content)).ToArray();
        var total = Of(Table.Site, null, metrics).Values.DefaultIfEmpty([.. metrics.Select(_ => (double?)null)]).Single();
        AssertSame("tiles", ["visitors", "pageviews", "visits", "bounce_rate", "visit_duration", "requests"], [.. new[] { 0, 1, 3, 4, 5, 2 }.Select(i => total[i])], shown[..6]);
        Assert.Equal(model.Withheld(Ask(Table.Site, null, metrics)), shown[6]);
        var receipt = Lines("receipt");
        Assert.All(receipt.Take(3), line => AssertSame("receipt", ["requests"], [total[2]], [line[1]]));
        AssertSame("receipt", ["pageviews"], [total[1]], [receipt[3][1]]);
        Assert.All(receipt.Skip(4), line => Assert.DoesNotContain(line[1], char.IsDigit));
        Assert.All(Lines("withheld"), line => Assert.Contains(line[1], new[] { "under 1 %", "under 5 %", "more" }));
    }

    private void AssertBreakdowns()
    {
        var byTime = Of(Table.Site, to.DayNumber - from.DayNumber <= 2 ? "time:hour" : "time:day", People);
        if (byTime.Count == 0)
        {
            Take("empty");
            return;
        }

        AssertSame("time", byTime.ToDictionary(row => row.Key.Replace('T', ' '), row => row.Value), People, Lines("time"), int.MaxValue);
        foreach (var table in new[] { Table.Page, Table.Referrer })
            AssertShows(table, ["visitors", "pageviews"]);
        foreach (var table in new[] { Table.Country, Table.Browser, Table.Os, Table.Device })
            AssertShows(table, ["visitors", "requests"]);
        foreach (var table in new[] { Table.Status, Table.Agent, Table.Bot, Table.Method })
            AssertShows(table, ["requests"]);
        foreach (var table in new[] { Table.EntryPage, Table.Source })
            AssertShows(table, Visits);
        AssertShows(Table.PageSource, ["pageviews"]);
    }

    private void AssertShows(Table table, string[] metrics) =>
        AssertSame(table.Dimension, Of(table, null, metrics), metrics, Lines(table.Second is { } second ? $"{table.Dimension} and {second}" : table.Dimension), RowsShown);

    private static void AssertSame(string part, Dictionary<string, IReadOnlyList<double?>> expected, string[] metrics, List<string[]> lines, int most)
    {
        Assert.Equal(Math.Min(expected.Count, most), lines.Count);
        foreach (var line in lines)
            AssertSame(part, metrics, expected[string.Join('\t', line[..^metrics.Length])], line[^metrics.Length..]);
    }

    private static void AssertSame(string part, string[] metrics, IReadOnlyList<double?> expected, string[] shown) =>
        Assert.All(metrics, (metric, i) => Assert.True(IsSame(metric, expected[i], shown[i]), $"{part}: {metric} is {shown[i]}, not {expected[i]}"));

    // Shares are shown in whole percent, durations in whole seconds.
    private static bool IsSame(string metric, double? expected, string shown) => metric switch
    {
        _ when expected is null => shown == Format.Count(null),
        "bounce_rate" => Math.Abs((expected.Value * 100) - double.Parse(shown[..^2], CultureInfo.InvariantCulture)) <= 0.51,
        "visit_duration" => shown.Split(':') is [var minutes, var seconds] && Math.Abs(expected.Value - (int.Parse(minutes, CultureInfo.InvariantCulture) * 60) - int.Parse(seconds, CultureInfo.InvariantCulture)) <= 0.51,
        _ => shown == Format.Count((long)expected.Value),
    };

    private Dictionary<string, IReadOnlyList<double?>> Of(Table table, string? time, string[] metrics) => model.Rows(Ask(table, time, metrics));

    private Question Ask(Table table, string? time, string[] metrics) =>
        new(table, from, to, time, table.Kind == TableKind.Site ? [] : table.Second is { } second ? [table.Dimension, second] : [table.Dimension], [], metrics);

    private string Take(string part)
    {
        Assert.True(_parts.Remove(part, out var content), $"no part {part}");
        return content!;
    }

    private List<string[]> Lines(string part) =>
        [.. Elements(Take(part), "tbody").SelectMany(body => Elements(body.Content, "tr")).Select(line => Elements(line.Content.Replace("<th", "<td", StringComparison.Ordinal).Replace("</th>", "</td>", StringComparison.Ordinal), "td").Select(cell => Text(cell.Content)).ToArray())];

    // Elements of a name do not lie in one another.
    private static IEnumerable<(string Tag, string Content)> Elements(string html, string name) =>
        from piece in html.Split($"<{name}")[1..]
        where piece[0] is ' ' or '>'
        select (piece[..piece.IndexOf('>', StringComparison.Ordinal)], piece[(piece.IndexOf('>', StringComparison.Ordinal) + 1)..].Split($"</{name}>")[0]);

    private static string Text(string html) => WebUtility.HtmlDecode(string.Concat(html.Split('<').Select((piece, i) => i == 0 ? piece : piece[(piece.IndexOf('>', StringComparison.Ordinal) + 1)..]))).Trim();
}
