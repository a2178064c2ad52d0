using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Sites;

public sealed class SiteLabelTests
{
    private const string Line = """198.51.100.9 - - [17/May/2015:10:05:03 +0000] "GET {0} HTTP/1.1" 200 12 "-" "Mozilla/5.0 (X11)" """;

    [Fact]
    public async Task Declared_labels_travel_with_the_groups_and_are_revised_as_a_whole()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var added = await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "clinic", timezone = "UTC", routes = new[] { "/doctors/{id}/reviews" }, events = new[] { "book" }, campaigns = new[] { "Spring-2026" } });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        await SendAsync(ingest, "/a");
        using var revised = await ingest.Client.PutAsJsonAsync("/v1/sites/clinic", new { routes = new[] { "/x/{…}" } });
        var shown = await revised.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("/x/{…}", "book", 2), (shown.GetProperty("routes")[0].GetString(), shown.GetProperty("events")[0].GetString(), shown.GetProperty("revision").GetInt32()));
        await SendAsync(ingest, "/b");

        var stamps = ingest.ReadTopic().Where(group => group.Rows.Count > 0).Select(group => StampOf(group)).OrderBy(stamp => stamp.Revision).ToArray();
        Assert.Equal([(1u, "/doctors/{id}/reviews"), (2u, "/x/{…}")], stamps.Select(stamp => (stamp.Revision, Assert.Single(stamp.Routes))));
    }

    [Theory]
    [InlineData("""{"routes":["doctors"]}""")]
    [InlineData("""{"routes":["/a?b"]}""")]
    [InlineData("""{"routes":["/patients/123-45-6789"]}""")]
    [InlineData("""{"routes":["/patients/xkqzjwvbmtrp/{…}"]}""")]
    [InlineData("""{"routes":["/patients/%31962-03-14"]}""")]
    [InlineData("""{"routes":["/patients/1962/%3033/14"]}""")]
    [InlineData("""{"events":["dob-19620314"]}""")]
    [InlineData("""{"events":["Two words"]}""")]
    [InlineData("""{"campaigns":["jane@example.org"]}""")]
    [InlineData("""{"campaigns":["mrn1234567"]}""")]
    public async Task What_may_not_be_a_label_is_refused(string body)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var answer = await ingest.Client.PutAsync("/v1/sites/sample", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("192.168.1.20")]
    [InlineData("mrn1234567.example.org")]
    [InlineData("xn--01-01-1925x-shb")]
    public async Task A_host_that_could_be_somebodys_is_refused(string host)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var answer = await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "clinic", timezone = "UTC", hosts = new[] { host } });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_forms_number_may_be_declared_as_a_name()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var answer = await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "clinic", timezone = "UTC", hosts = new[] { "www.clinic.example.org" }, routes = new[] { "/forms/1045/{…}" }, campaigns = new[] { "Spring-2026" } });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task A_campaign_is_kept_where_the_site_lists_it_and_an_event_where_it_is_declared()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var added = await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "clinic", timezone = "UTC", events = new[] { "book" }, campaigns = new[] { "Spring-2026" } });
        foreach (var query in new[] { "p=/a%3Futm_campaign%3Dspring%252D2026&e=book", "p=/b%3Futm_campaign%3Djane-doe&e=jane-doe&ssn=123456789", "p=/c" })
            (await ingest.Client.GetAsync($"/b.gif?s=clinic&{query}")).EnsureSuccessStatusCode();
        await SendAsync(ingest, "/d?x=1&amp;utm_campaign=SPRING-2026#f");
        await SendAsync(ingest, "/e?utm_campaign=spring-2026&utm_content=jane");
        await SendAsync(ingest, "/f?utm_campaign=other");

        var rows = ingest.ReadTopic().SelectMany(group => group.Rows).OrderBy(row => row.Path, StringComparer.Ordinal).ToArray();
        Assert.Equal(["Spring-2026", "", "", "Spring-2026", "Spring-2026", ""], rows.Select(row => row.Campaign));
        Assert.Equal(["book", "(other)", "", "", "", ""], rows.Select(row => row.Event));
        Assert.True(rows[1].Flags.HasFlag(EventFlags.QueryRemoved));
        Assert.False(rows[2].Flags.HasFlag(EventFlags.QueryRemoved));
    }

    private static async Task SendAsync(IngestServer ingest, string target)
    {
        using var answer = await ingest.Client.PostAsync("/v1/logs?site=clinic&format=combined", new StringContent(string.Format(System.Globalization.CultureInfo.InvariantCulture, Line, target).Trim() + "\n"));
        answer.EnsureSuccessStatusCode();
    }

    private static SiteStamp StampOf(ReceivedGroup group) => EventBatch.Parser.ParseFrom(group.Body).Sections[0].Site;
}
