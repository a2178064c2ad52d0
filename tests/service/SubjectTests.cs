using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.Service.Tests;

/// <summary>Requests of subjects, holds and disclosures by API, and nothing of an identity where it does not belong.</summary>
[Collection(nameof(AloneCollection))]
public sealed partial class SubjectTests(RunningService service)
{
    private const string Verify = """{"method":"two letters compared","verified":true}""";

    [Fact]
    public async Task Request_IsFiledVerifiedErasedAndFulfilled_AndAHoldStopsIt()
    {
        const string Member = "api-canary-4711", Text = """{"text":"answered in writing"}""";
        using var client = service.Client(Roles.Privacy, "subject-life");
        var id = await SubjectCases.PostAsync(client, SubjectCases.Requests, SubjectCases.Filing("erase", Member));
        await RefusedAsync(client, $"{SubjectCases.Requests}/{id}/erase", null, "who asks is not verified");
        await SubjectCases.PostAsync(client, $"{SubjectCases.Requests}/{id}/verify", Verify);
        // Copied from somewhere with the blanks around it.
        var hold = await SubjectCases.PostAsync(client, "/api/v1/holds", SubjectCases.Hold.Replace("somebody-else", $" {Member} ", StringComparison.Ordinal));
        await RefusedAsync(client, $"{SubjectCases.Requests}/{id}/erase", null, $"the legal hold {hold} stops it");
        await RefusedAsync(client, $"{SubjectCases.Requests}/{id}/fulfil", Text, "what it asks for is not done");
        await SubjectCases.PostAsync(client, $"/api/v1/holds/{hold}/lift", Text);

        using (var erased = await SubjectCases.SendAsync(client, $"{SubjectCases.Requests}/{id}/erase", null))
        {
            var answer = await erased.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Contains(answer.GetProperty("answer").EnumerateArray(), line => line.GetString()!.Contains("kept for 6 years", StringComparison.Ordinal));
            Assert.Single(answer.GetProperty("request").GetProperty("proof").EnumerateArray());
        }

        await SubjectCases.PostAsync(client, $"{SubjectCases.Requests}/{id}/fulfil", Text);
        var shown = await client.GetFromJsonAsync<JsonElement>($"{SubjectCases.Requests}/{id}");
        Assert.Equal((Member, "fulfilled", false), (shown.GetProperty("subject").GetString(), shown.GetProperty("standing").GetString(), shown.GetProperty("overdue").GetBoolean()));
        var lines = await service.LinesOfAsync("subject-life");
        string[] kinds = ["subject-request-received", "staff-queried", "subject-verified", "hold-placed", "staff-queried", "staff-queried", "hold-lifted", "subject-erased", "subject-request-fulfilled", "staff-queried"];
        Assert.Equal(kinds, lines.Select(line => line.Kind));
        Assert.Equal($"request {new Guid(id):N}", lines[^1].Query);
        // What was not done is there too, each once, under another code.
        string[] refused = ["/api/v1/subjects/requests/{id:guid}/erase", "/api/v1/subjects/requests/{id:guid}/erase", "/api/v1/subjects/requests/{id:guid}/fulfil"];
        Assert.Equal(refused.Select(route => (route, "refused", $"id {id}", Roles.Privacy)), lines.Where(line => line.Kind == "staff-queried").SkipLast(1).Select(line => (line.Resource!, line.Outcome!, line.Query!, line.Role!)));
    }

    [Fact]
    public async Task Page_ListsFilesAndCloses_WithItsOwnFormsOnly_AndEachIsOnTheRecordOnce()
    {
        var page = new Uri("/requests", UriKind.Relative);
        using var browser = await service.SignedOnAsync(Roles.Privacy, "subject-page");
        using (var unasked = await browser.PostAsync(page, new FormUrlEncodedContent([new("kind", "correct"), new("knownBy", "mail"), new("subject", "page-canary@example.org"), new("by", "mail")])))
            Assert.Equal(HttpStatusCode.BadRequest, unasked.StatusCode);
        await SubmitAsync(browser, page, ("kind", "correct"), ("knownBy", "mail"), ("subject", "page-canary@example.org"), ("by", "mail"));
        var listed = await browser.GetStringAsync(page);
        Assert.DoesNotContain("canary", listed, StringComparison.Ordinal);
        var id = (await service.Service<Audit.HandlingRequests.SubjectRequests>().ListAsync(new(Audit.HandlingRequests.Listed.Open, "correct", null, 1000), CancellationToken.None)).Single(request => request.KnownBy == "mail").Id;
        Assert.Contains($"/requests/{id}", listed, StringComparison.Ordinal);
        await SubmitAsync(browser, page, ("act", "verify"), ("text", "answered a mail"), ("request", id.ToString()));
        await SubmitAsync(browser, page, ("act", "fulfil"), ("text", "corrected in the portal"), ("request", id.ToString()));
        Assert.DoesNotContain(id.ToString(), await browser.GetStringAsync(page), StringComparison.Ordinal);
        Assert.Equal(
            ["subject-request-received", "subject-verified", "subject-request-fulfilled"],
            (await service.LinesOfAsync("subject-page")).Where(line => line.Kind.StartsWith("subject", StringComparison.Ordinal)).Select(line => line.Kind));
        Assert.All((await service.LinesOfAsync("subject-page")).Where(line => line.Kind == "staff-queried"), line => Assert.Equal("/requests", line.Resource));
    }

    [Fact]
    public async Task Page_OfWhatCannotBeDone_ShowsNoList_AndTheAttemptIsOnTheRecordOnce()
    {
        var id = await SubjectCases.PostAsync(service.Client(Roles.Privacy, "subject-page-office"), SubjectCases.Requests, SubjectCases.Filing("correct", "page-refused"));
        var page = new Uri("/requests", UriKind.Relative);
        using var browser = await service.SignedOnAsync(Roles.Privacy, "subject-page-refused");
        foreach (var (to, act, text, expected) in new[] { (id, "fulfil", "early", HttpStatusCode.Conflict), (id, "fulfil", "", HttpStatusCode.BadRequest), (Guid.Empty.ToString(), "fulfil", "nobody's", HttpStatusCode.NotFound) })
        {
            var token = Token().Match(await browser.GetStringAsync(page)).Groups["token"].Value;
            using var answer = await browser.PostAsync(new Uri($"/requests/{to}", UriKind.Relative), new FormUrlEncodedContent([new("__RequestVerificationToken", token), new("act", act), new("text", text)]));
            var shown = await answer.Content.ReadAsStringAsync();
            Assert.Equal((expected, true, false), (answer.StatusCode, shown.Contains("Nothing was done", StringComparison.Ordinal), shown.Contains("<table", StringComparison.Ordinal)));
        }

        Assert.Equal(
            ["signed-on success", "staff-queried success", "staff-queried refused", "staff-queried success", "staff-queried success"],
            (await service.LinesOfAsync("subject-page-refused")).Select(line => $"{line.Kind} {line.Outcome}"));
    }

    [Fact]
    public async Task Page_IsForPrivacyOnly()
    {
        using var browser = await service.SignedOnAsync(Roles.Security, "subject-page-security");
        using var page = await browser.GetAsync(new Uri("/requests", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        Assert.DoesNotContain("Requests", await browser.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_TellNoIdentity()
    {
        using var client = service.Client(Roles.Privacy, "subject-list");
        var id = await SubjectCases.PostAsync(client, SubjectCases.Requests, SubjectCases.Filing("disclosures", "listed-canary"));
        var listed = await client.GetStringAsync(new Uri($"{SubjectCases.Requests}?state=open&kind=disclosures", UriKind.Relative));
        Assert.Contains(id, listed, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", listed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/subjects/requests", """{"kind":"forget","subject":{"member":"canary-1"},"by":"letter"}""")]
    [InlineData("/api/v1/subjects/requests", """{"kind":"erase","subject":{"member":"canary-1","mail":"canary@example.org"},"by":"letter"}""")]
    [InlineData("/api/v1/subjects/requests", """{"kind":"erase","subject":{"mail":"canary-1"},"by":"letter"}""")]
    [InlineData("/api/v1/subjects/requests", """{"kind":"erase","subject":{},"by":"letter"}""")]
    [InlineData("/api/v1/subjects/requests", """{"kind":"erase","subject":{"cookie":"canary-1"},"by":"canary"}""")]
    [InlineData("/api/v1/subjects/requests", """{"kind":"erase","subject":"canary-1"}""")]
    [InlineData("/api/v1/holds", """{"covers":"telemetry","ground":"legal","reason":"x","subject":{"member":"canary-1"}}""")]
    [InlineData("/api/v1/holds", """{"covers":"all","ground":"canary-1","reason":"x"}""")]
    [InlineData("/api/v1/holds", """{"from":"2026-02-01","to":"2026-01-01","ground":"legal","reason":"canary"}""")]
    [InlineData("/api/v1/subjects/disclosures", """{"members":[],"recipient":"canary","what":"x","why":"y"}""")]
    [InlineData("/api/v1/subjects/disclosures", """{"members":["canary-1"],"on":"2999-01-01","recipient":"canary","what":"x","why":"y"}""")]
    [InlineData("/api/v1/subjects/disclosures/suspensions", """{"member":"canary-1","recipient":"canary","until":"2001-01-01","statement":"z"}""")]
    public async Task Body_ThatCannotBeUsed_IsRefusedAndNotEchoed_AndNothingIsRecorded(string path, string body)
    {
        using var client = service.Client(Roles.Privacy, "subject-wrong");
        using var answer = await SubjectCases.SendAsync(client, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("canary", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await service.LinesOfAsync("subject-wrong"));
    }

    [Fact]
    public async Task Request_ThatIsNowhere_IsNotFound()
    {
        using var client = service.Client(Roles.Privacy, "subject-nowhere");
        using var shown = await client.GetAsync(new Uri($"{SubjectCases.Requests}/{Guid.Empty}", UriKind.Relative));
        using var verified = await SubjectCases.SendAsync(client, $"{SubjectCases.Requests}/{Guid.Empty}/verify", Verify);
        using var lifted = await SubjectCases.SendAsync(client, $"/api/v1/holds/{Guid.Empty}/lift", """{"text":"x"}""");
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound], [shown.StatusCode, verified.StatusCode, lifted.StatusCode]);
    }

    [Fact]
    public async Task Command_WhenTheRecordHangs_Is503_AndNothingWasDone()
    {
        using var client = service.Client(Roles.Privacy, "subject-hanging");
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new Npgsql.NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var filing = SubjectCases.SendAsync(client, SubjectCases.Requests, SubjectCases.Filing("access", "hanging-member"));
            while (!filing.IsCompleted)
            {
                service.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(20);
            }

            using var answer = await filing;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.DoesNotContain("hanging-member", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(await service.LinesOfAsync("subject-hanging"));
    }

    private static async Task RefusedAsync(HttpClient client, string path, string? body, string why)
    {
        using var answer = await SubjectCases.SendAsync(client, path, body);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal($"Nothing was done: {why}.", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    // With the token of the page's own form.
    private static async Task SubmitAsync(HttpClient browser, Uri page, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await browser.GetStringAsync(page)).Groups["token"].Value;
        var to = fields.FirstOrDefault(field => field.Name == "request").Value is { } id ? new Uri($"/requests/{id}", UriKind.Relative) : page;
        using var answer = await browser.PostAsync(to, new FormUrlEncodedContent([new("__RequestVerificationToken", token), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
