using KpTelemetry.EndToEnd.Tests.Logs;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Importing;

/// <summary>What a site shows of the days of a log.</summary>
internal sealed class Figures
{
    private readonly SortedDictionary<string, SortedDictionary<string, long>> _answers = new(StringComparer.Ordinal);

    /// <summary>Asks for every figure that a hand count knows.</summary>
    public static async Task<Figures> AskAsync(QueryClient queries, string site, LogModel model)
    {
        var figures = new Figures();
        foreach (var metric in new[] { "requests", "bytes", "errors", "pageviews", "visitors" })
            figures._answers[metric] = (await queries.QueryAsync(site, model.From, model.To, "time:day", metric)).Numbers;
        figures._answers["status"] = (await queries.QueryAsync(site, model.From, model.To, "status", "requests")).Numbers;
        figures._answers["page"] = (await queries.QueryAsync(site, model.From, model.To, "page", "pageviews")).Numbers;
        return figures;
    }

    /// <summary>One figure, by day or label.</summary>
    public SortedDictionary<string, long> this[string name] => _answers[name];

    /// <summary>Checks every figure against the hand count.</summary>
    public void AssertAre(LogModel model)
    {
        Assert.Equal(model.ByDay(d => d.Requests), this["requests"]);
        Assert.Equal(model.ByDay(d => d.Bytes), this["bytes"]);
        Assert.Equal(model.ByDay(d => d.Errors), this["errors"]);
        Assert.Equal(model.ByDay(d => d.PageViews), this["pageviews"]);
        Assert.Equal(model.ByDay(d => d.Visitors.Count), this["visitors"]);
        Assert.Equal(model.Status, this["status"]);
        AssertPagesAre(model);
    }

    /// <summary>Checks that nothing has moved.</summary>
    public void AssertAre(Figures before)
    {
        foreach (var (name, answer) in _answers)
            Assert.Equal(before[name], answer);
    }

    // A page is named on the days on which enough people saw it, so its figure is the sum of some days: never more than
    // the log has, and every label is a page of the log or stands for values.
    private void AssertPagesAre(LogModel model)
    {
        var known = model.Days.Values.SelectMany(d => d.Pages).GroupBy(p => p.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(p => p.Value), StringComparer.Ordinal);
        Assert.NotEmpty(this["page"]);
        Assert.All(this["page"].Where(p => p.Key[0] != '(' && !p.Key.Contains('{', StringComparison.Ordinal)), page => Assert.InRange(page.Value, 1, known.GetValueOrDefault(page.Key)));
    }
}
