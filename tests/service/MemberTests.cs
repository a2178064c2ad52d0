using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Granting;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>A member's access record, and that looking at it is on the record, in both streams.</summary>
public sealed class MemberTests(RunningService service)
{
    private const string Lookup = "/api/v1/audit/members/lookup";

    [Fact]
    public async Task Timeline_IsOpenedInPages_AndTellsTheMemberWhoLooked()
    {
        await RecordAsync("timeline-member", "/my/appointments", "/my/test-results", "/my/messages");
        using var client = Client(Roles.Security, "timeline-reader");
        var handle = await HandleAsync(client, "timeline-member");
        Assert.DoesNotContain("timeline-member", handle, StringComparison.Ordinal);

        var first = (await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access?limit=2"))!;
        Assert.Equal(["/my/messages", "/my/test-results"], first.Events.Select(entry => entry.Service));
        Assert.All(first.Events, entry => Assert.Equal(("service-accessed", "success", "web", "log", RunningService.Site), (entry.Kind, entry.Outcome, entry.Channel, entry.Origin, entry.Site)));
        Assert.Equal(("a-parent", "timeline-child"), (first.Events[0].Actor, first.Events[0].OnBehalfOf));
        var second = (await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access?limit=2&before={first.Next}"))!;
        Assert.Equal("/my/appointments", Assert.Single(second.Events).Service);
        Assert.Null(second.Next);

        // One entry a read in the reader's stream; beside it the member's own tells of each.
        Assert.Equal([Lookup, "/api/v1/audit/members/{handle}/access", "/api/v1/audit/members/{handle}/access"], (await service.LinesOfAsync("timeline-reader")).Select(line => line.Resource));
        var third = (await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access"))!;
        Assert.Equal(2, third.Events.Count(entry => entry is { Kind: "record-read", Actor: "timeline-reader", Role: Roles.Security, Purpose: "security-investigation", Case: "C-2026-7" }));
    }

    [Fact]
    public async Task Timeline_WithNothingInItsRange_IsStillALook()
    {
        await RecordAsync("empty-range", "/my/messages");
        using var client = Client(Roles.Privacy, "empty-range-reader");
        var handle = await HandleAsync(client, "empty-range");
        Assert.Empty((await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access?from=2001-01-01&to=2001-01-02"))!.Events);
        var all = (await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access"))!;
        Assert.Equal(["record-read", "service-accessed"], all.Events.Select(entry => entry.Kind));
    }

    [Theory]
    [InlineData(null, "C-1", "X-Purpose-Of-Use")]
    [InlineData("curiosity", "C-1", "X-Purpose-Of-Use")]
    [InlineData("legal", null, "X-Case")]
    [InlineData("legal", " ", "X-Case")]
    public async Task Ask_WithoutPurposeOrCase_Is400ThatSaysSo(string? purpose, string? number, string named)
    {
        using var client = service.Client(Roles.Security, $"unasked-{purpose}-{number?.Trim()}");
        if (purpose is not null)
            client.DefaultRequestHeaders.Add("X-Purpose-Of-Use", purpose);
        if (number is not null)
            client.DefaultRequestHeaders.Add("X-Case", number);
        var handle = service.Service<MemberHandles>().Make("unasked", "nobody");
        foreach (var answer in new[] { await client.PostAsJsonAsync(Lookup, new { member = "unasked" }), await client.GetAsync(new Uri($"/api/v1/audit/members/{handle}/access", UriKind.Relative)) })
        {
            using (answer)
            {
                Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
                Assert.Contains(named, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Handle_IsOfOneAccount_AndAnotherOneEachTime()
    {
        using var client = Client(Roles.Security, "handle-owner");
        var handle = await HandleAsync(client, "handled");
        Assert.NotEqual(handle, await HandleAsync(client, "handled"));
        using var other = Client(Roles.Security, "handle-thief");
        foreach (var wrong in new[] { handle, handle[..^1], "x", new string('A', 5000) })
        {
            using var answer = await other.GetAsync(new Uri($"/api/v1/audit/members/{wrong}/access", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Lookup_IsOnTheRecord_WhichDoesNotShowTheMember()
    {
        using var client = Client(Roles.Security, "lookup-only");
        await HandleAsync(client, "looked-up-member");
        var line = Assert.Single(await service.LinesOfAsync("lookup-only"));
        Assert.DoesNotContain("looked-up-member", JsonSerializer.Serialize(line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_ByBreakingTheGlass_IsAnOpenCase_ThatAnotherReviews()
    {
        await RecordAsync("glass-record-member", "/my/messages");
        using var client = Client(Roles.Security, "glass-reader", "break-glass");
        var handle = await HandleAsync(client, "glass-record-member");
        Assert.Single((await client.GetFromJsonAsync<MemberTimeline>($"/api/v1/audit/members/{handle}/access"))!.Events);
        Assert.Equal(
            [("staff-queried", Lookup), ("break-glass-read", Lookup), ("staff-queried", "/api/v1/audit/members/{handle}/access"), ("break-glass-read", "/api/v1/audit/members/{handle}/access")],
            (await service.LinesOfAsync("glass-reader")).Select(line => (line.Kind, line.Resource)));

        using var pam = service.Client(Roles.Privacy, "glass-record-pam");
        var noticed = Assert.Single((await pam.GetFromJsonAsync<ShownGrant[]>("/api/v1/cases"))!, shown => shown.Asker == "glass-reader");
        Assert.Equal(("looked", "glass-record-member", 2, true, false), (noticed.State, noticed.Member, noticed.Uses, noticed.AwaitsReview, noticed.IsOverdue));
        using (var own = await service.Client(Roles.Privacy, "glass-reader").PostAsJsonAsync($"/api/v1/cases/{noticed.Id}/review", new { verdict = "justified" }))
            Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
        using (var reviewed = await pam.PostAsJsonAsync($"/api/v1/cases/{noticed.Id}/review", new { verdict = "justified" }))
            Assert.Equal(HttpStatusCode.OK, reviewed.StatusCode);
        Assert.DoesNotContain((await pam.GetFromJsonAsync<ShownGrant[]>("/api/v1/cases"))!, shown => shown.Asker == "glass-reader");
    }

    [Fact]
    public async Task Look_ByBreakingTheGlass_AtOnesOwnRecord_IsRefusedAndRecordedAsThat()
    {
        await RecordAsync("own-glass", "/my/messages");
        using var client = Client(Roles.Privacy, "own-glass", "break-glass");
        using (var lookup = await client.PostAsJsonAsync(Lookup, new { member = "Own-Glass" }))
            Assert.Equal(HttpStatusCode.Forbidden, lookup.StatusCode);
        var handle = service.Service<MemberHandles>().Make("own-glass", "own-glass");
        using (var access = await client.GetAsync(new Uri($"/api/v1/audit/members/{handle}/access", UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.Forbidden, access.StatusCode);
            Assert.DoesNotContain("messages", await access.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal([("staff-queried", "refused"), ("staff-queried", "refused")], (await service.LinesOfAsync("own-glass")).Select(line => (line.Kind, line.Outcome)));
    }

    private HttpClient Client(string role, string user, string purpose = "security-investigation")
    {
        var client = service.Client(role, user);
        client.DefaultRequestHeaders.Add("X-Purpose-Of-Use", purpose);
        client.DefaultRequestHeaders.Add("X-Case", "C-2026-7");
        return client;
    }

    private static async Task<string> HandleAsync(HttpClient client, string member)
    {
        using var answer = await client.PostAsJsonAsync(Lookup, new { member });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("handle").GetString()!;
    }

    private async Task RecordAsync(string member, params string[] services)
    {
        var source = Guid.CreateVersion7(service.Time.GetUtcNow());
        var events = services.Select((used, i) => MemberAccess.FromLine(source, new AccessEvent
        {
            Site = new SiteStamp { Name = RunningService.Site },
            AtMs = service.Time.GetUtcNow().AddMinutes(i - 10).ToUnixTimeMilliseconds(),
            Member = member,
            Actor = "a-parent",
            OnBehalfOf = "timeline-child",
            Action = "service-accessed",
            Service = used,
            Channel = "web",
            Outcome = "success",
            Position = i,
        })).ToList();
        await using var connection = await service.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await service.Service<AccessRecorder>().AppendAsync(transaction, new AccessSpan(Guid.Empty, 0, events, []), CancellationToken.None);
        await transaction.CommitAsync();
    }
}
