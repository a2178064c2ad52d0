using System.Net;
using KpTelemetry.QueryApi.Access;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>
/// Every way by which staff see something, one after the other: endpoints of the API and pages. That each endpoint is on
/// the record exactly once, for each role, is <see cref="RolesTests"/>.
/// </summary>
[Collection(nameof(AloneCollection))]
public sealed class WalkTests(RunningService service)
{
    // The member that the table's requests are about, by lookup, in a subject's request and in a disclosure.
    private const string Member = "roles-member";

    /// <summary>The pages that are looked at, and the roles that may.</summary>
    private IEnumerable<(string Path, string Role)> Pages => service.Endpoints.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal) && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<AllowedRoles>()?.Roles.Select(role => (endpoint.RoutePattern.RawText!, role)) ?? []);

    [Fact]
    public async Task EveryPage_ForEveryRoleThatSeesIt_IsOnTheRecordExactlyOnce()
    {
        var looked = 0;
        foreach (var (path, role) in Pages)
        {
            var user = $"walker-{role}{path.Replace('/', '.')}";
            using var browser = await service.SignedOnAsync(role, user);
            using var page = await browser.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            var lines = await service.LinesOfAsync(user);
            Assert.Equal(["signed-on", "staff-queried"], lines.Select(line => line.Kind));
            Assert.Equal((path, role, "dashboard"), (lines[1].Resource, lines[1].Role, lines[1].Channel));
            looked++;
        }

        Assert.True(looked >= 7, $"{looked} pages");
    }

    [Fact]
    public async Task EverythingThatStaffSee_WithTheStoreDown_Is503WithNothingShown()
    {
        var asking = new List<(HttpClient Client, HttpRequestMessage Request)>();
        // A revision is published once, which another test has done: refused before anything would be recorded.
        foreach (var row in RolesTests.Table.Where(row => (row.Method, row.Path) != ("POST", "/api/v1/policy")))
            asking.Add((service.Client(row.Roles[0], "walker-down"), await RolesTests.PrepareAsync(service, row.Method, row.Path, row.Body, "walker-down")));
        foreach (var (path, role) in Pages)
            asking.Add((await service.SignedOnAsync(role, "walker-down"), new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative))));

        await ExecuteAsync("alter table audit.head rename to away");
        try
        {
            foreach (var (client, request) in asking)
                await AssertNothingShownAsync(client, request);
        }
        finally
        {
            await ExecuteAsync("alter table audit.away rename to head");
            asking.ForEach(asked => (asked.Client as IDisposable).Dispose());
        }
    }

    [Fact]
    public async Task AMember_IsInNoAddressLogMetricOrTrace()
    {
        foreach (var row in RolesTests.Table)
        {
            using var client = service.Client(row.Roles[0], "walker-member");
            using var request = await RolesTests.PrepareAsync(service, row.Method, row.Path, row.Body, "walker-member");
            Assert.DoesNotContain(Member, request.RequestUri!.ToString(), StringComparison.OrdinalIgnoreCase);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }

        Assert.DoesNotContain(service.Endpoints.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().SelectMany(endpoint => endpoint.RoutePattern.Parameters), parameter => parameter.Name.Contains("member", StringComparison.OrdinalIgnoreCase));
        using var operations = new HttpClient { BaseAddress = service.Operations };
        var metrics = await operations.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        // What is searched is there: the addresses are in the traces, the routes in the metrics.
        Assert.Contains(service.Told.All, told => told.Contains("/api/v1/audit/members/lookup", StringComparison.Ordinal));
        Assert.Contains("/api/v1/audit/members/lookup", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(service.Told.All.Append(metrics), told => told.Contains(Member, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task AssertNothingShownAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            var shown = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{request.Method} {request.RequestUri!.OriginalString.Split('?')[0]} was answered {(int)answer.StatusCode}");
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.True(shown.Length < 4000 && !shown.Contains("<table", StringComparison.Ordinal) && !shown.Contains(Member, StringComparison.Ordinal), "more than a problem was shown");
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = service.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
