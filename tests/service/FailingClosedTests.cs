using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.QueryApi.Access;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>Nothing is shown that is not on the record. Alone, since it stops the record for everybody.</summary>
[Collection(nameof(AloneCollection))]
public sealed class FailingClosedTests(RunningService service)
{
    [Fact]
    public async Task Read_WhenTheRecordHangs_Is503WithNothingShownAndWorksAfterwards()
    {
        using var browser = await service.SignedOnAsync(Roles.Admin, "hanging-page");
        using var client = service.Client(Roles.Admin, "hanging-api");
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var asking = client.GetAsync(new Uri("/api/v1/pipeline", UriKind.Relative));
            var looking = browser.GetAsync(new Uri("/", UriKind.Relative));
            while (!asking.IsCompleted || !looking.IsCompleted)
            {
                service.Time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Delay(20);
            }

            await ShowsNothingAsync(await asking);
            await ShowsNothingAsync(await looking);
        }

        using var later = await client.GetAsync(new Uri("/api/v1/pipeline", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
        Assert.Single(await service.LinesOfAsync("hanging-api"));
    }

    [Fact]
    public async Task MembersAndLines_WhenTheRecordHangs_Are503WithNothingShown()
    {
        var at = service.Time.GetUtcNow().AddHours(-1);
        await SealedGroups.WriteAsync(service, new SignedOnLine("hanging-member", at, "/my/hidden-counted", "203.0.113.7"));
        var grants = service.Service<GrantBook>();
        var asked = await grants.AskAsync(new AskGrant("legal", "C-1", new GrantScope("hanging-member", null, at.AddHours(-1), at.AddHours(1))), new Act("hanging-ann", Roles.Security, "api", "t"), CancellationToken.None);
        await grants.GiveAsync(asked.Grant!.Id, new Act("hanging-pam", Roles.Privacy, "api", "t"), CancellationToken.None);
        using var page = await service.SignedOnAsync(Roles.Privacy, "hanging-cases");
        using var client = service.Client(Roles.Security, "hanging-ann");
        client.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "legal");
        client.DefaultRequestHeaders.Add("X-Case", "C-1");
        var handle = service.Service<MemberHandles>().Make("hanging-member", "hanging-ann");
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            Task<HttpResponseMessage>[] asking =
            [
                client.GetAsync(new Uri($"/api/v1/audit/members/{handle}/access", UriKind.Relative)),
                client.PostAsJsonAsync("/api/v1/audit/members/lookup", new { member = "hanging-member" }),
                client.PostAsJsonAsync($"/api/v1/audit/grants/{asked.Grant.Id}/lines", new { }),
                client.GetAsync(new Uri("/api/v1/cases", UriKind.Relative)),
                page.GetAsync(new Uri("/cases", UriKind.Relative)),
            ];
            while (!Array.TrueForAll(asking, answer => answer.IsCompleted))
            {
                service.Time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Delay(20);
            }

            foreach (var answer in asking)
                await ShowsNothingAsync(await answer);
        }

        Assert.Equal((0, 0), (await grants.FindAsync(asked.Grant.Id, CancellationToken.None)) is { } after ? (after.Uses, after.LinesRead) : default);
    }

    [Fact]
    public async Task Refusal_WhenTheRecordHangs_Is503_AndNotToldBeforeItIsRecorded()
    {
        using var client = service.Client(Roles.Privacy, "hanging-refusal");
        var id = await SubjectCases.PostAsync(client, SubjectCases.Requests, SubjectCases.Filing("erase", "hanging-erased"));
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var refusing = SubjectCases.SendAsync(client, $"{SubjectCases.Requests}/{id}/erase", null);
            while (!refusing.IsCompleted)
            {
                service.Time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Delay(20);
            }

            Assert.DoesNotContain("verified", await (await refusing).Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await ShowsNothingAsync(await refusing);
        }

        using var later = await SubjectCases.SendAsync(client, $"{SubjectCases.Requests}/{id}/erase", null);
        Assert.Equal(HttpStatusCode.Conflict, later.StatusCode);
        Assert.Equal(["subject-request-received success", "staff-queried refused"], (await service.LinesOfAsync("hanging-refusal")).Select(line => $"{line.Kind} {line.Outcome}"));
    }

    private static async Task ShowsNothingAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.DoesNotContain("counted", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        }
    }
}

/// <summary>Tests that move the clock or stop a store run alone.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
