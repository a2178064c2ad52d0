using System.Globalization;
using System.Text.Json;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Rejected;

/// <summary>What could not be used is listed, and counts once after a fix, however often it is replayed.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class ReplayingRejected(SharedStack shared) : IDisposable
{
    private const int Lines = 40;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _folder = Directory.CreateTempSubdirectory("kp-e2e-rejected-").FullName;

    private sealed record Entry(string Site, string Reason, long Waiting, long Sent, long Replayed, long Gone, DateOnly? Since, DateTimeOffset? Until);

    private sealed record Replayed(bool DryRun, long Usable, long Counted, long Duplicates, Dictionary<string, long> Rejected, long Gone);

    [Fact]
    public async Task Lines_sent_under_a_wrong_format_count_once_when_they_are_replayed()
    {
        var site = await shared.AddSiteAsync("UTC");
        var before = await shared.Queries.BooksAsync();
        Assert.Equal(1, (await shared.Stack.KpAsync("import", Log(), "--site", site, "--format", "combined")).ExitCode);
        var listed = Assert.Single(await ListAsync(site));
        Assert.Equal(("malformed-line", Lines + 1, 0), (listed.Reason, listed.Waiting, listed.Replayed));
        Assert.True(listed.Until > DateTimeOffset.UnixEpoch && listed.Since is not null);

        var dry = await ReplayAsync(site, "--dry-run");
        Assert.Equal((true, Lines, 0), (dry.DryRun, dry.Usable, dry.Counted));
        var first = await ReplayAsync(site);
        Assert.Equal((Lines, Lines, 0, 1), (first.Usable, first.Counted, first.Duplicates, first.Rejected["malformed-line"]));
        Assert.Equal(0, (await ReplayAsync(site)).Usable);

        Assert.Equal((1, 0, Lines), Assert.Single(await ListAsync(site)) is var after ? (after.Waiting, after.Sent, after.Replayed) : default);
        var shown = await shared.Queries.QueryAsync(site, new DateOnly(2025, 9, 9), new DateOnly(2025, 9, 10), "time:day", "requests");
        Assert.Equal(Lines, shown.Numbers["2025-09-09"]);
        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Counted + Lines, books.Counted);
        Assert.Equal(before.Rejected.Values.Sum() + Lines + 1, books.Rejected.Values.Sum());
        Assert.True(books.Balance, books.ToString());
    }

    [Fact]
    public async Task Pixels_of_a_site_that_was_not_defined_count_once_it_is()
    {
        const string Site = "defined-later";
        using var http = new HttpClient { BaseAddress = shared.Stack.Ingest };
        for (var i = 0; i < 3; i++)
            (await http.GetAsync($"/b.gif?s={Site}&p=/page-{i}")).Dispose();
        var waiting = await UntilWaitingAsync();
        Assert.True(waiting >= 3);
        Assert.Equal(0, (await shared.Stack.KpAsync("site", "add", Site, "--timezone", "UTC")).ExitCode);

        Assert.Equal((3, 3), await ReplayAsync(Site) is var first ? (first.Usable, first.Counted) : default);
        Assert.Equal(0, (await ReplayAsync(Site)).Usable);
        Assert.True((await shared.Queries.BooksAsync()).Balance);
    }

    [Fact]
    public async Task In_words_and_as_a_table_for_people()
    {
        var list = await shared.Stack.KpAsync("rejected", "list");
        Assert.Equal(0, list.ExitCode);
        var replay = await shared.Stack.KpAsync("rejected", "replay", "--site", "no-such-site");
        Assert.Contains("0 lines sent again", replay.Output, StringComparison.Ordinal);
        var wrong = await shared.Stack.KpAsync("rejected", "list", "--reason", "no-such-reason");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("unknown-site", wrong.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Log()
    {
        var path = Path.Combine(_folder, "common.log");
        File.WriteAllLines(path, [
            .. Enumerable.Range(0, Lines).Select(i => string.Create(CultureInfo.InvariantCulture, $"192.0.{i}.9 - - [09/Sep/2025:12:00:{i:d2} +0000] \"GET /a HTTP/1.1\" 200 5120")),
            "this is no line of a log",
        ]);
        return path;
    }

    private async Task<Entry[]> ListAsync(string site) => Parse<Entry[]>(await shared.Stack.KpAsync("rejected", "list", "--site", site, "--json"));

    private async Task<Replayed> ReplayAsync(string site, params string[] more) => Parse<Replayed>(await shared.Stack.KpAsync(["rejected", "replay", "--site", site, "--json", .. more]));

    private async Task<long> UntilWaitingAsync()
    {
        for (var attempts = 600; ; attempts--)
        {
            var unknown = Parse<Entry[]>(await shared.Stack.KpAsync("rejected", "list", "--reason", "unknown-site", "--json")).Sum(entry => entry.Waiting);
            if (unknown >= 3 || attempts == 0)
                return unknown;
            await Task.Delay(100);
        }
    }

    private static T Parse<T>(KpResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonSerializer.Deserialize<T>(result.Output, Json)!;
    }
}
