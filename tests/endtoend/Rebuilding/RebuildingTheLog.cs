using System.Text.Json;
using KpTelemetry.EndToEnd.Tests.Logs;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Rebuilding;

/// <summary>The whole stack goes through its log again while it runs, and finds what it had.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class RebuildingTheLog(SharedStack shared)
{
    [Fact]
    public async Task Everything_is_equal_nothing_is_published_and_the_books_agree()
    {
        using var log = await TestLog.GenerateAsync(3_000, seed: 11, malformed: 3);
        var site = await shared.AddSiteAsync(log.Zone);
        await shared.ImportAsync(log.Path, site);
        var before = await shared.Queries.QueryAsync(site, log.Model.From, log.Model.To, "time:day", "requests", "visitors", "pageviews");

        var result = await shared.Stack.KpAsync("rebuild", "--json");

        Assert.True(result.ExitCode == 0, result.ToString());
        using var rebuilt = JsonDocument.Parse(result.Output);
        Assert.Equal("equal", rebuilt.RootElement.GetProperty("books").GetString());
        var days = rebuilt.RootElement.GetProperty("days").EnumerateArray().ToArray();
        Assert.Contains(days, day => day.GetProperty("site").GetString() == site);
        Assert.All(days, day =>
        {
            Assert.NotEmpty(day.GetProperty("equal").EnumerateArray());
            foreach (var other in (string[])["published", "withheld", "higher", "lower"])
                Assert.Empty(day.GetProperty(other).EnumerateArray());
        });
        var after = await shared.Queries.QueryAsync(site, log.Model.From, log.Model.To, "time:day", "requests", "visitors", "pageviews");
        Assert.Equal(before.Rows.Select(row => string.Join(' ', row)), after.Rows.Select(row => string.Join(' ', row)));
        Assert.True((await shared.Queries.BooksAsync()).Balance);
    }

    [Fact]
    public async Task A_day_that_is_none_is_wrong_use()
    {
        var result = await shared.Stack.KpAsync("rebuild", "--from", "yesterday");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("2026-01-31", result.Errors, StringComparison.Ordinal);
    }
}
