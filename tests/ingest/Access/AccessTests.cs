using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Access;

/// <summary>P2, P9, P12, P15: what the portals' servers tell of who accessed what.</summary>
public sealed class AccessTests
{
    private const string Address = "/v1/access?site=kp.org";

    [Fact]
    public async Task What_a_portal_tells_travels_in_access_groups_only_minimised_and_routed_by_member()
    {
        await using var ingest = await IngestServer.StartAsync(environment: ("KP_PARTITIONS", "8"));
        var answer = await PostAsync(ingest, [.. Enumerable.Range(0, 40).Select(i => Event($"e{i}", $"member-{i % 10}", ("service", $"/my/appointments;jsessionid=1?card=4111111111111111&q=x{i}")))]);
        using (var line = await ingest.Client.PostAsync("/v1/logs?site=kp.org", new StringContent("192.0.2.1 - member-3 [01/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 1 \"-\" \"A\"\n")))
            Assert.Equal(HttpStatusCode.OK, line.StatusCode);

        Assert.Equal((40, "{}", "[]"), (answer.GetProperty("accepted").GetInt64(), answer.GetProperty("rejected").ToString(), answer.GetProperty("problems").ToString()));
        var groups = ingest.ReadTopic();
        Assert.Single(groups.SelectMany(group => group.Rows));
        var told = groups.Where(group => group.Access is not null).SelectMany(group => group.Access!.Events.Select(told => (group.Partition, Told: told))).ToList();
        Assert.Equal(41, told.Count);
        // A member's events, lines among them, lie in one partition.
        Assert.All(told.GroupBy(entry => entry.Told.Member), own => Assert.Single(own.Select(entry => entry.Partition).Distinct()));
        var one = told.Single(entry => entry.Told.EventId == "e7").Told;
        Assert.Equal(
            ("kp.org", "member-7", "", "", "service-accessed", "/my/appointments", "web", "success", "local", Now.ToUnixTimeMilliseconds()),
            (one.Site.Name, one.Member, one.Actor, one.OnBehalfOf, one.Action, one.Service, one.Channel, one.Outcome, one.Sender, one.AtMs));
        Assert.All(groups.Where(group => group.Header.Kind is GroupKind.Access or GroupKind.Telemetry), group =>
        {
            var record = Encoding.Latin1.GetString(group.Record);
            Assert.All((string[])["member-", "appointments", "4111"], trace => Assert.DoesNotContain(trace, record, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_events_under_the_same_key()
    {
        await using var ingest = await IngestServer.StartAsync();
        foreach (var _ in Enumerable.Range(0, 2))
            Assert.Equal(1, (await PostAsync(ingest, Event("again", "member-1"))).GetProperty("accepted").GetInt64());
        Assert.Equal([("local", "again"), ("local", "again")], Told(ingest).Select(told => (told.Sender, told.EventId)));
    }

    private static readonly (string Field, string? Value, Reason Reason)[] Wrong =
    [
        ("eventId", null, Reason.MissingField),
        ("eventId", "", Reason.MissingField),
        ("member", null, Reason.MissingField),
        ("at", null, Reason.MissingField),
        ("action", null, Reason.MissingField),
        ("channel", null, Reason.MissingField),
        ("outcome", null, Reason.MissingField),
        ("service", null, Reason.MissingField),
        ("service", "appointments of somebody", Reason.BadField),
        ("action", "signed", Reason.BadField),
        ("channel", "fax", Reason.BadField),
        ("outcome", "fine", Reason.BadField),
        ("action", "sign-on-failed", Reason.BadField),
        ("member", new string('x', 300), Reason.BadField),
        ("eventId", new string('x', 129), Reason.BadField),
        ("actor", new string('x', 257), Reason.BadField),
        // Whoever looks a member up, or lists disclosures, does without blanks around the name: it would be nobody's access.
        ("member", "member-1 ", Reason.BadField),
        ("member", " ", Reason.BadField),
        ("actor", "\u00A0member-1", Reason.BadField),
        ("onBehalfOf", "member-1\u2003", Reason.BadField),
        ("member", "a\u0000b", Reason.BinaryData),
        ("onBehalfOf", "a\nb", Reason.BinaryData),
        ("at", "yesterday", Reason.BadTime),
        ("at", "2026-01-01T00:00:00", Reason.BadTime),
        ("at", "0001-01-01T00:00:00Z", Reason.BadTime),
        ("at", "1999-01-01T00:00:00Z", Reason.TooOld),
        ("at", "2099-01-01T00:00:00Z", Reason.AheadOfClock),
    ];

    [Fact]
    public async Task A_bad_event_is_counted_by_its_reason_and_takes_no_other_along()
    {
        await using var ingest = await IngestServer.StartAsync();
        await PublishedPolicy.PublishAsync(ingest, new DateOnly(2026, 1, 1), ("liveAgeDays", 2000));
        var answer = await PostAsync(ingest, [.. Wrong.SelectMany((wrong, i) => new[] { Event($"e{i}", "member-secret", (wrong.Field, wrong.Value)), Event($"good{i}", "member-1") })]);
        Assert.Equal(Wrong.Length, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(Wrong.Select((wrong, i) => (i * 2, wrong.Reason.Name())), answer.GetProperty("problems").EnumerateArray().Select(problem => (problem.GetProperty("index").GetInt32(), problem.GetProperty("reason").GetString()!)));
        Assert.Equal(
            Wrong.GroupBy(wrong => wrong.Reason.Name()).Select(reason => (reason.Key, reason.Count())).Order(),
            answer.GetProperty("rejected").EnumerateObject().Select(reason => (reason.Name, reason.Value.GetInt32())).Order());
        Assert.Equal(Wrong.Select((_, i) => $"good{i}"), Told(ingest).Select(told => told.EventId));
        // In the books; of whom it was nothing is kept.
        var rows = ingest.ReadTopic().SelectMany(group => group.Rows).ToList();
        Assert.Equal(Wrong.Select(wrong => wrong.Reason).Order(), rows.Select(row => row.Reason).Order());
        Assert.All(rows, row => Assert.Equal(("kp.org", "", "", 0), (row.Site, row.Path, row.Address, row.SealedLine.Length)));
    }

    [Fact]
    public async Task An_element_that_is_no_event_is_a_malformed_one()
    {
        await using var ingest = await IngestServer.StartAsync();
        foreach (var element in (string[])["""{"eventId":1}""", "null", "[]", """{"eventId":"\ud800"}""", "\"member-secret\"", Twice("\"member\":\"member-2\""), Twice("\"Member\":\"member-2\""), Twice("\"m\\u0065mber\":\"member-1\"")])
        {
            using var answer = await SendAsync(ingest, Encoding.UTF8.GetBytes($"[{element}]"));
            Assert.Equal("""{"accepted":0,"rejected":{"malformed-line":1},"problems":[{"index":0,"reason":"malformed-line"}]}""", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_body_that_is_none_is_refused_whole_without_an_echo()
    {
        await using var ingest = await IngestServer.StartAsync();
        var many = $"[{string.Join(",", Enumerable.Repeat("{}", 10_001))}]";
        var large = $"[{string.Join(",", Enumerable.Repeat(Event("e", "member-secret").ToJsonString(), 9_000))}]";
        foreach (var (body, status, type) in new[]
        {
            ("{}", HttpStatusCode.BadRequest, "bad-request"), ("[{\"member\":\"member-secret\"", HttpStatusCode.BadRequest, "bad-request"), ("", HttpStatusCode.BadRequest, "bad-request"),
            (many, HttpStatusCode.BadRequest, "too-many"), (large, HttpStatusCode.RequestEntityTooLarge, "too-large"),
        })
        {
            using var answer = await SendAsync(ingest, Encoding.UTF8.GetBytes(body));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.EndsWith($":{type}", JsonDocument.Parse(text).RootElement.GetProperty("type").GetString());
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        }

        Assert.Empty(Told(ingest));
    }

    [Fact]
    public async Task A_compressed_body_is_read_up_to_the_limit_of_what_it_holds()
    {
        await using var ingest = await IngestServer.StartAsync();
        using (var small = await SendAsync(ingest, Gzip($"[{Event("e1", "member-1").ToJsonString()}]"), "gzip"))
            Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        using (var bomb = await SendAsync(ingest, Gzip($"[{new string(' ', 40_000_000)}]"), "gzip"))
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bomb.StatusCode);
        using (var torn = await SendAsync(ingest, [.. Gzip("[]")[..^9], 1, 2, 3], "gzip"))
            Assert.Equal(HttpStatusCode.BadRequest, torn.StatusCode);
        using (var unknown = await SendAsync(ingest, Encoding.UTF8.GetBytes("[]"), "br"))
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, unknown.StatusCode);
        Assert.Single(Told(ingest));
    }

    [Fact]
    public async Task A_site_and_a_key_are_needed()
    {
        await using var ingest = await IngestServer.StartAsync();
        foreach (var address in new[] { "/v1/access", "/v1/access?site=nowhere" })
        {
            using var unknown = await ingest.Client.PostAsJsonAsync(address, new[] { Event("e1", "member-1") });
            Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        }

        ingest.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        using var unauthorized = await ingest.Client.PostAsJsonAsync(Address, new[] { Event("e1", "member-1") });
        Assert.Equal(HttpStatusCode.Unauthorized, unauthorized.StatusCode);
        Assert.Empty(Told(ingest));
    }

    [Fact]
    public async Task The_security_record_goes_on_for_a_child_and_for_who_asked_for_limits()
    {
        await using var ingest = await IngestServer.StartAsync();
        using (var flagged = await ingest.Client.PostAsJsonAsync("/v1/members/flags", new[] { new { member = "child", flags = (string[])["under-13", "restricted", "opted-out"] } }))
            Assert.Equal(HttpStatusCode.OK, flagged.StatusCode);
        Assert.Equal(1, (await PostAsync(ingest, Event("e1", "child", ("actor", "parent"), ("onBehalfOf", "child")))).GetProperty("accepted").GetInt64());
        // Who acts for themselves is named once.
        Assert.Equal(("child", "parent", ""), Told(ingest).Select(told => (told.Member, told.Actor, told.OnBehalfOf)).Single());
    }

    [Fact]
    public async Task Events_that_Kafka_does_not_take_are_safe_in_the_spool()
    {
        await using var ingest = await IngestServer.StartAsync(options: new() { SpoolAfter = TimeSpan.FromMilliseconds(200) });
        await ingest.Broker.StopAsync();
        Assert.Equal(1, (await PostAsync(ingest, Event("e1", "member-1"))).GetProperty("accepted").GetInt64());
        await ingest.StopAsync();
        await ingest.Broker.RestartAsync();
        await ingest.RestartAsync();
        await Wait.UntilAsync(() => Task.FromResult(Told(ingest).Count == 1));
    }

    private static DateTimeOffset Now { get; } = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeMilliseconds());

    private static List<AccessEvent> Told(IngestServer ingest) => [.. ingest.ReadTopic().Where(group => group.Access is not null).SelectMany(group => group.Access!.Events)];

    private static JsonObject Event(string id, string member, params (string Name, string? Value)[] changes)
    {
        var told = new JsonObject
        {
            ["eventId"] = id, ["at"] = Now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["member"] = member,
            ["action"] = "service-accessed", ["service"] = "/my/messages", ["channel"] = "web", ["outcome"] = "success", ["undeclared"] = "is not read",
        };
        foreach (var (name, value) in changes)
            told[name] = value;
        return told;
    }

    private static string Twice(string field) => $"{Event("e1", "member-1").ToJsonString()[..^1]},{field}}}";

    private static async Task<JsonElement> PostAsync(IngestServer ingest, params IReadOnlyList<JsonObject> events)
    {
        using var answer = await ingest.Client.PostAsJsonAsync(Address, events);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<HttpResponseMessage> SendAsync(IngestServer ingest, byte[] body, string? encoding = null)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return await ingest.Client.PostAsync(Address, content);
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
