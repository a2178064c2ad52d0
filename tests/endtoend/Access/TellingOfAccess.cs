using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Access;

/// <summary>P2, P9: what a portal's server tells of a member is on that member's record once, however often it is sent.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class TellingOfAccess(SharedStack shared)
{
    private const string Member = "portal-e2e-4711", Parent = "portal-e2e-parent", Flagged = "portal-e2e-flagged";
    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow().AddMinutes(-5);

    [Fact]
    public async Task Sent_twice_it_is_on_the_record_once_and_in_the_members_timeline()
    {
        var site = await shared.AddSiteAsync("UTC");
        var before = await shared.Queries.BooksAsync();
        object[] events =
        [
            Event(0, "signed-on"), Event(1, "service-accessed", "/my/messages?q=1"), Event(2, "service-accessed", "/my/test-results", Parent), Event(3, "signed-off"),
            new { eventId = "bad", at = "yesterday", member = Member, action = "signed-on", channel = "web", outcome = "success" },
        ];
        for (var sent = 0; sent < 2; sent++)
            Assert.Equal("""{"accepted":4,"rejected":{"bad-time":1},"problems":[{"index":4,"reason":"bad-time"}]}""", await SendAsync(site, events));
        var after = await UntilRecordedAsync(before.AccessRecorded + 4, Rejected(before) + 2);

        Assert.Equal(before.AccessRecorded + 4, after.AccessRecorded);
        Assert.True(after.Balance, after.ToString());
        Assert.Equal(
            ["signed-on   portal", "service-accessed /my/messages  portal", $"service-accessed /my/test-results {Parent} portal", "signed-off   portal"],
            await TimelineAsync(Member));
    }

    [Fact]
    public async Task What_a_portal_says_holds_for_a_member_is_in_the_members_timeline_once()
    {
        using var http = Ingest();
        for (var sent = 0; sent < 2; sent++)
        {
            using var answer = await http.PostAsJsonAsync("/v1/members/flags", new[] { new { member = Flagged, flags = new[] { "opted-out" } } });
            Assert.True(answer.IsSuccessStatusCode);
        }

        var timeline = await TimelineAsync(Flagged);
        for (var tries = 100; tries > 0 && !timeline.Any(); tries--)
        {
            await Task.Delay(200);
            timeline = await TimelineAsync(Flagged);
        }

        Assert.Equal(["flags-stated   portal"], timeline.Where(entry => !entry.StartsWith("record-read", StringComparison.Ordinal)));
    }

    private static object Event(int number, string action, string? service = null, string? actor = null) =>
        new { eventId = $"e{number}", at = Start.AddSeconds(number), member = Member, actor, action, service, channel = "ios", outcome = "success" };

    private async Task<string> SendAsync(string site, object[] events)
    {
        using var http = Ingest();
        using var answer = await http.PostAsJsonAsync($"/v1/access?site={site}", events);
        return await answer.Content.ReadAsStringAsync();
    }

    private HttpClient Ingest()
    {
        var http = new HttpClient { BaseAddress = shared.Stack.Ingest };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(Path.Combine(shared.Stack.Home, "keys", "ingest-local")));
        return http;
    }

    private async Task<Books> UntilRecordedAsync(long recorded, long rejected)
    {
        var books = await shared.Queries.BooksAsync();
        for (var tries = 300; tries > 0 && (books.AccessRecorded < recorded || Rejected(books) < rejected); tries--)
        {
            await Task.Delay(200);
            books = await shared.Queries.BooksAsync();
        }

        return books;
    }

    private static long Rejected(Books books) => books.Rejected.GetValueOrDefault("bad-time");

    private async Task<IEnumerable<string>> TimelineAsync(string member)
    {
        using var http = new HttpClient { BaseAddress = shared.Stack.QueryApi };
        var token = (await shared.Stack.KpAsync("token", "--role", "security")).Output.Trim();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "security-investigation");
        http.DefaultRequestHeaders.Add("X-Case", "C-2026-11");
        using var lookup = await http.PostAsJsonAsync("/api/v1/audit/members/lookup", new { member });
        if (!lookup.IsSuccessStatusCode)
            return [];
        var handle = (await lookup.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("handle").GetString();
        var timeline = await http.GetFromJsonAsync<JsonElement>($"/api/v1/audit/members/{handle}/access");
        return timeline.GetProperty("events").EnumerateArray().Reverse().Select(entry => $"{Text(entry, "kind")} {Text(entry, "service")} {Text(entry, "actor")} {Text(entry, "origin")}").ToList();
    }

    private static string Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.ToString() : "";
}
