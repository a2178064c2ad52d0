using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using KpTelemetry.EndToEnd.Tests.Logs;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.AtRest;

/// <summary>No address and no agent lies anywhere outside PostgreSQL and the key store; what is published does.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class NothingOfAPersonAtRest(SharedStack shared)
{
    private const string Planted = "/planted-for-the-search/vermilion-heron";

    [Fact]
    public async Task A_search_of_everything_finds_no_address_no_agent_and_no_user_but_a_planted_label()
    {
        using var plain = TestLog.Sample() ?? await TestLog.GenerateAsync(20_000, seed: 6);
        using var generated = await TestLog.GenerateAsync(4_000, seed: 5);
        await shared.ImportAsync(plain.Path, await shared.AddSiteAsync(plain.Zone));
        var site = await shared.AddSiteAsync(generated.Zone);
        await shared.ImportAsync(generated.Grown(generated.Lines.Length, PlantedVisits()), site);

        var people = Identifiers(plain.Model).Concat(Identifiers(generated.Model)).ToHashSet(StringComparer.Ordinal);
        Assert.True(people.Count > 1_000, "too little to search for");
        Assert.Null(await EverythingAtRest.FindAsync(shared.Stack, new ManyValues(people)));
        Assert.NotNull(await EverythingAtRest.FindAsync(shared.Stack, new ManyValues([Planted])));
    }

    [Fact]
    public async Task A_childs_events_leave_no_trace_behind_the_door_and_are_in_the_books_as_dropped()
    {
        const string Child = "child-of-the-search", Agent = "Mozilla/5.0 (indigo-plover-of-a-child)", Path = "/page-of-a-child/amber-curlew";
        var site = await shared.AddSiteAsync("UTC");
        using var ingest = new HttpClient { BaseAddress = shared.Stack.Ingest };
        ingest.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(System.IO.Path.Combine(shared.Stack.Home, "keys", "ingest-local"))).Trim());
        using var flagged = await ingest.PostAsJsonAsync("/v1/members/flags", new[] { new { member = Child, flags = new[] { "under-13" } } });
        Assert.Equal(HttpStatusCode.OK, flagged.StatusCode);
        var before = await shared.Queries.BooksAsync();

        var lines = Enumerable.Range(0, 40).Select(n => $"198.51.100.{Text(n + 100)} - {Child} [09/Sep/2026:12:00:00 +0000] \"GET {Path} HTTP/1.1\" 200 5120 \"-\" \"{Agent}\"\n");
        using var sent = await ingest.PostAsync($"/v1/logs?site={site}&format=combined", new StringContent(string.Concat(lines)));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        var after = before;
        // What is dropped and what is on the record travel apart.
        for (var patience = 600; (after.Dropped.GetValueOrDefault("under-age") < 40 || after.AccessRecorded < before.AccessRecorded + 40) && patience > 0; patience--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            after = await shared.Queries.BooksAsync();
        }

        Assert.Equal(40, after.Dropped.GetValueOrDefault("under-age"));
        Assert.Equal((before.Counted, before.AccessRecorded + 40, true), (after.Counted, after.AccessRecorded, after.Balance));
        Assert.Null(await EverythingAtRest.FindAsync(shared.Stack, new ManyValues([.. Enumerable.Range(0, 40).Select(n => $"198.51.100.{Text(n + 100)}"), Child, Agent, Path])));
    }

    [Fact]
    public void The_search_finds_a_value_in_a_file_across_the_edges_of_its_pieces()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, [.. new byte[(4 << 20) - 5], .. "x203.0.113.77 "u8, .. new byte[100]]);
            Assert.Equal("203.0.113.77", new ManyValues(["203.0.113.77", "203.0.113.7"]).FindIn(file));
            Assert.Null(new ManyValues(["203.0.113.7"]).FindIn(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<string> Identifiers(LogModel model) =>
        model.Addresses.Concat(model.Agents.Where(a => a.Length >= 20)).Concat(model.Users);

    // Sixty visitors of as many networks on one day: enough to be named.
    private static IEnumerable<string> PlantedVisits() => Enumerable.Range(0, 60).Select(n =>
        $"24.{Text(n + 10)}.7.9 - - [09/Sep/2026:12:00:{Text(n).PadLeft(2, '0')} -0700] \"GET {Planted} HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
