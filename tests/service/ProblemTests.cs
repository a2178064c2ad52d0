using System.Net;
using System.Text;
using System.Text.Json;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Limits;
using Xunit;

namespace KpTelemetry.Service.Tests;

public sealed class ProblemTests(RunningService service)
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing-here", HttpStatusCode.NotFound)]
    [InlineData("GET", "/nothing-here", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/audit/events", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/api/v1/audit/events?kind=nothing", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/events?from=soon", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/events?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/events?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/inclusion", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/inclusion?index=1&size=1", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/inclusion?index=-1&size=1", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/inclusion?index=0&size=1000000", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/inclusion?index=one&size=1", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/consistency?from=1&to=0", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/proofs/consistency?from=0&to=9223372036854775807", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/leaves?from=0&to=1001", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/audit/leaves?from=1&to=0", HttpStatusCode.BadRequest)]
    public async Task WrongUse_IsAProblemWithAStableType(string method, string path, HttpStatusCode expected)
    {
        using var client = service.Client(Roles.Security, "wrong-use");
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.StartsWith("/docs#problem-", problem.RootElement.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.Equal((int)expected, problem.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Body_ThatIsTooLarge_IsRefused()
    {
        using var client = service.Client(Roles.Analyst, "too-large");
        using var body = new StringContent(new string(' ', RequestLimits.BodyBytes + 1), Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri("/api/v1/query", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/docs")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/nothing-here")]
    public async Task EveryAnswer_HasTheSecurityHeaders(string path)
    {
        using var browser = service.Browser();
        using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(SecurityHeaders.ContentSecurityPolicy, Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Reference_ListsWhatTheOpenApiDocumentLists()
    {
        using var client = service.Client();
        using var document = JsonDocument.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        var page = await client.GetStringAsync(new Uri("/docs", UriKind.Relative));
        var paths = document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        Assert.Contains("/api/v1/query", paths);
        Assert.All(paths, path => Assert.Contains($"<code>{path}</code>", page, StringComparison.Ordinal));
        Assert.DoesNotContain(paths, path => !path.StartsWith("/api/", StringComparison.Ordinal));
    }
}
