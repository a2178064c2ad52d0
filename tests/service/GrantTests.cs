using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.Platform.Keys;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Granting;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>Grants over HTTP, on lines sealed in a real broker.</summary>
public sealed class GrantTests(RunningService service)
{
    private const string Grants = "/api/v1/audit/grants";

    [Fact]
    public async Task Lines_AreReadUnderAGrantThatAnotherPersonGave_MatchedOnly_OthersMasked()
    {
        var at = service.Time.GetUtcNow().AddHours(-1);
        await SealedGroups.WriteAsync(service,
            new SignedOnLine("lines-member", at, "/my/messages", "203.0.113.7"),
            new SignedOnLine("lines-other", at, "/my/secret", "203.0.113.8"),
            new SignedOnLine("lines-member", at.AddMinutes(1), "/my/bills", "203.0.113.9", Actor: "lines-parent"),
            new SignedOnLine("lines-member", at.AddDays(-9), "/my/long-ago", "203.0.113.10"));
        using var ann = Client(Roles.Security, "lines-ann");
        using var pam = service.Client(Roles.Privacy, "lines-pam");
        var id = await AskAsync(ann, new { member = "lines-member", from = at.AddDays(-1), to = at.AddHours(1) });
        using (var early = await PostAsync(ann, $"{Grants}/{id}/lines"))
            Assert.Equal(HttpStatusCode.Forbidden, early.StatusCode);
        using (var given = await PostAsync(pam, $"{Grants}/{id}/give"))
            Assert.Equal("given", (await given.Content.ReadFromJsonAsync<ShownGrant>())!.State);

        using var first = await PostAsync(ann, $"{Grants}/{id}/lines", new { limit = 1 });
        var text = await first.Content.ReadAsStringAsync();
        Assert.True(first.StatusCode == HttpStatusCode.OK, text);
        var read = JsonSerializer.Deserialize<LinesRead>(text, JsonSerializerOptions.Web)!;
        var line = Assert.Single(read.Lines);
        Assert.Equal(("lines-member", "/my/messages", "203.0.113.7", "Firefox", 200, 4711L, 99), (line.Member, line.Service, line.Address, line.Agent, line.Status, line.Bytes, read.LinesLeft));
        using var second = await PostAsync(ann, $"{Grants}/{id}/lines", new { after = read.Next });
        text = await second.Content.ReadAsStringAsync();
        line = Assert.Single(JsonSerializer.Deserialize<LinesRead>(text, JsonSerializerOptions.Web)!.Lines);
        Assert.Equal(("/my/bills", IdentifiedLine.Masked, "203.0.113.9"), (line.Service, line.Actor, line.Address));
        Assert.DoesNotContain("lines-parent", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);

        using var thief = Client(Roles.Security, "lines-thief");
        using (var stolen = await PostAsync(thief, $"{Grants}/{id}/lines"))
            Assert.Equal(HttpStatusCode.Forbidden, stolen.StatusCode);
        Assert.Equal("refused", Assert.Single(await service.LinesOfAsync("lines-thief")).Outcome);
        Assert.Equal(["grant-asked", "staff-queried", "grant-used", "staff-queried", "grant-used", "staff-queried"], (await service.LinesOfAsync("lines-ann")).OrderBy(entry => entry.Index).Select(entry => entry.Kind));
        using (var ended = await PostAsync(ann, $"{Grants}/{id}/end"))
            Assert.Equal("hand", (await ended.Content.ReadFromJsonAsync<ShownGrant>())!.EndedBy);
        using var over = await PostAsync(ann, $"{Grants}/{id}/lines");
        Assert.Equal(HttpStatusCode.Gone, over.StatusCode);
        // Before it was given, and after it was over.
        Assert.Equal(2, (await service.LinesOfAsync("lines-ann")).Count(entry => entry is { Kind: "staff-queried", Resource: $"{Grants}/{{id}}/lines", Outcome: "refused" }));
    }

    [Fact]
    public async Task Lines_WhoseDaysKeyHasEnded_AreTold()
    {
        var at = new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await SealedGroups.WriteAsync(service, new SignedOnLine("gone-member", at, "/my/messages", "203.0.113.7"));
        service.Keys.End(KeyNames.Sealing(new DateOnly(2024, 2, 3)));
        using var ann = Client(Roles.Security, "gone-ann");
        var id = await AskAsync(ann, new { site = RunningService.Site, from = "2024-02-03", to = "2024-02-04" });
        using (var given = await PostAsync(service.Client(Roles.Privacy, "gone-pam"), $"{Grants}/{id}/give"))
            Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        using var answer = await PostAsync(ann, $"{Grants}/{id}/lines");
        var read = (await answer.Content.ReadFromJsonAsync<LinesRead>())!;
        Assert.Equal((0, 100), (read.Lines.Count, read.LinesLeft));
        Assert.InRange(read.Gone, 1, long.MaxValue);
    }

    [Fact]
    public async Task Read_WithoutGrant_IsRefusedAndRecorded()
    {
        using var ann = Client(Roles.Security, "grantless");
        using var answer = await PostAsync(ann, $"{Grants}/00000000000000000000000000000000/lines");
        Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("asks for one", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var line = Assert.Single(await service.LinesOfAsync("grantless"));
        Assert.Equal(("staff-queried", "refused", $"{Grants}/{{id}}/lines"), (line.Kind, line.Outcome, line.Resource));
    }

    [Fact]
    public async Task Give_OfOnesOwn_Is403_Twice_Is409_Unknown_Is404()
    {
        using var both = Client(Roles.Security, "both-roles");
        var id = await AskAsync(both, new { site = "kp.org", from = "2026-01-01", to = "2026-01-02" });
        await StatusAsync(HttpStatusCode.Forbidden, service.Client(Roles.Privacy, "both-roles"), $"{Grants}/{id}/give");
        await StatusAsync(HttpStatusCode.OK, service.Client(Roles.Privacy, "other-pam"), $"{Grants}/{id}/refuse");
        await StatusAsync(HttpStatusCode.Conflict, service.Client(Roles.Privacy, "other-pam"), $"{Grants}/{id}/give");
        await StatusAsync(HttpStatusCode.NotFound, service.Client(Roles.Privacy, "other-pam"), $"{Grants}/none/give");
        await StatusAsync(HttpStatusCode.Conflict, both, $"{Grants}/{id}/end");
        Assert.Equal(["grant-asked success", "staff-queried refused", "staff-queried refused"], (await service.LinesOfAsync("both-roles")).Select(line => $"{line.Kind} {line.Outcome}"));
        Assert.Equal(
            [("grant-refused", "refused", null, null), ("staff-queried", "refused", $"{Grants}/{{id}}/give", $"id {id}")],
            (await service.LinesOfAsync("other-pam")).Select(line => (line.Kind, line.Outcome, line.Resource, line.Query)));
    }

    [Fact]
    public async Task BreakGlass_GivesAtOnce_AndIsAnOpenCaseUntilAnotherReviewsIt()
    {
        using var ann = Client(Roles.Security, "glass-ann", "break-glass");
        var id = await AskAsync(ann, new { member = "glass-member", from = "2026-01-01", to = "2026-01-02" });
        using (var read = await PostAsync(ann, $"{Grants}/{id}/lines"))
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        using var pam = service.Client(Roles.Privacy, "glass-pam");
        var noticed = Assert.Single((await pam.GetFromJsonAsync<ShownGrant[]>("/api/v1/cases"))!, grant => grant.Id == id);
        Assert.Equal((true, true, false, "glass-member"), (noticed.IsBreakGlass, noticed.AwaitsReview, noticed.IsOverdue, noticed.Member));
        using var other = service.Client(Roles.Security, "glass-other");
        Assert.Null(Assert.Single((await other.GetFromJsonAsync<ShownGrant[]>("/api/v1/cases"))!, grant => grant.Id == id).Member);

        await StatusAsync(HttpStatusCode.Forbidden, service.Client(Roles.Privacy, "glass-ann"), $"/api/v1/cases/{id}/review", new { verdict = "justified" });
        await StatusAsync(HttpStatusCode.BadRequest, pam, $"/api/v1/cases/{id}/review", new { verdict = "fine" });
        await StatusAsync(HttpStatusCode.OK, pam, $"/api/v1/cases/{id}/review", new { verdict = "unjustified", why = "nobody asked" });
        Assert.DoesNotContain((await pam.GetFromJsonAsync<ShownGrant[]>("/api/v1/cases"))!, grant => grant.Id == id);
        await StatusAsync(HttpStatusCode.Gone, ann, $"{Grants}/{id}/lines");
        Assert.Single(await service.LinesOfAsync("glass-ann"), line => line is { Kind: "staff-queried", Resource: $"{Grants}/{{id}}/lines", Outcome: "refused" });
        Assert.Single(await service.LinesOfAsync("glass-ann"), line => line is { Kind: "staff-queried", Resource: "/api/v1/cases/{id}/review", Outcome: "refused" });

        await StatusAsync(HttpStatusCode.Forbidden, ann, Grants, new { member = "Glass-Ann", from = "2026-01-01", to = "2026-01-02" });
        Assert.Equal((Grants, "refused", "break-glass", "C-2026-7"), (await service.LinesOfAsync("glass-ann")).Select(line => (line.Resource, line.Outcome, line.Purpose, line.Case)).Last());
    }

    [Fact]
    public async Task Form_ThatIsRefused_IsOnTheRecordOnce()
    {
        using var ann = Client(Roles.Security, "form-asker");
        var id = await AskAsync(ann, new { site = "kp.org", from = "2026-01-01", to = "2026-01-02" });
        using var browser = await service.SignedOnAsync(Roles.Privacy, "form-asker");
        var shown = await browser.GetStringAsync(new Uri("/", UriKind.Relative));
        var token = shown.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        using var answer = await browser.PostAsync(new Uri($"/cases/{id}/give", UriKind.Relative), new FormUrlEncodedContent([new("__RequestVerificationToken", token), new("from", "page")]));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var lines = await service.LinesOfAsync("form-asker");
        Assert.Equal(["grant-asked success", "signed-on success", "staff-queried success", "staff-queried refused"], lines.Select(line => $"{line.Kind} {line.Outcome}"));
        Assert.Equal(("/cases/{id}/give", "dashboard"), (lines[^1].Resource, lines[^1].Channel));
    }

    [Fact]
    public async Task Ask_WithoutPurposeCaseOrScope_Is400()
    {
        await StatusAsync(HttpStatusCode.BadRequest, service.Client(Roles.Security, "scopeless"), Grants, new { site = "kp.org", from = "2026-01-01", to = "2026-01-02" });
        using var ann = Client(Roles.Security, "scopeless");
        await StatusAsync(HttpStatusCode.BadRequest, ann, Grants, new { from = "2026-01-01", to = "2026-01-02" });
        await StatusAsync(HttpStatusCode.BadRequest, ann, Grants, new { site = "kp.org", from = "2026-01-01", to = "2026-03-02" });
        await StatusAsync(HttpStatusCode.BadRequest, ann, Grants, new { site = "kp.org", from = "2026-01-01", to = "2026-01-02", lines = 1001 });
        await StatusAsync(HttpStatusCode.BadRequest, ann, Grants, new { site = "kp.org" });
        Assert.Empty(await service.LinesOfAsync("scopeless"));
    }

    [Fact]
    public async Task Form_WithoutItsToken_OrOfAnotherRole_DoesNothing()
    {
        using var ann = Client(Roles.Security, "forms-ann");
        var id = await AskAsync(ann, new { site = "kp.org", from = "2026-01-01", to = "2026-01-02" });
        using var pam = await service.SignedOnAsync(Roles.Privacy, "forms-pam");
        using var admin = await service.SignedOnAsync(Roles.Admin, "forms-admin");
        foreach (var (browser, expected) in new[] { (pam, HttpStatusCode.BadRequest), (admin, HttpStatusCode.Forbidden) })
        {
            using var form = new FormUrlEncodedContent([new("from", "page")]);
            using var answer = await browser.PostAsync(new Uri($"/cases/{id}/give", UriKind.Relative), form);
            Assert.Equal(expected, answer.StatusCode);
        }

        Assert.Equal("asked", (await ann.GetFromJsonAsync<ShownGrant>($"{Grants}/{id}"))!.State);
        // Nor is anything read by a form that is not the page's own, or by whoever decides about grants.
        foreach (var browser in new[] { await service.SignedOnAsync(Roles.Security, "forms-ann"), pam })
        {
            using var form = new FormUrlEncodedContent([new("limit", "1")]);
            using var answer = await browser.PostAsync(new Uri($"/cases/{id}/lines", UriKind.Relative), form);
            Assert.Equal(browser == pam ? HttpStatusCode.Forbidden : HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Equal(("staff-queried", "refused"), (await service.LinesOfAsync("forms-admin")).Select(line => (line.Kind, line.Outcome)).Last());
    }

    private HttpClient Client(string role, string user, string purpose = "security-investigation")
    {
        var client = service.Client(role, user);
        client.DefaultRequestHeaders.Add("X-Purpose-Of-Use", purpose);
        client.DefaultRequestHeaders.Add("X-Case", "C-2026-7");
        return client;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object? body = null) => client.PostAsJsonAsync(path, body ?? new { });

    private static async Task StatusAsync(HttpStatusCode expected, HttpClient client, string path, object? body = null)
    {
        using var answer = await PostAsync(client, path, body);
        Assert.True(answer.StatusCode == expected, $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static async Task<string> AskAsync(HttpClient client, object wanted)
    {
        using var answer = await PostAsync(client, Grants, wanted);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<ShownGrant>())!.Id;
    }
}
