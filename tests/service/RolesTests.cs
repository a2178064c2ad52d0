using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.Schemas.Policies;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>Who may do what, for every endpoint and every role, and what of it is on the record.</summary>
public sealed class RolesTests(RunningService service)
{
    private const string Query = """{"site":"kp.org","from":"2026-01-01","to":"2026-01-02","metrics":["visitors"]}""";

    // The contract's table. An endpoint that is not here fails a test.
    private static readonly string Policy = PolicyOf(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(2));

    internal static readonly (string Method, string Path, string? Body, string[] Roles)[] Table =
    [
        ("POST", "/api/v1/query", Query, [Roles.Analyst, Roles.Marketing]),
        ("GET", "/api/v1/live", null, [Roles.Analyst, Roles.Marketing]),
        ("GET", "/api/v1/lattice", null, [.. Roles.All]),
        ("GET", "/api/v1/glossary", null, [.. Roles.All]),
        ("GET", "/api/v1/pipeline", null, [Roles.Admin]),
        ("GET", "/api/v1/policy", null, [.. Roles.All]),
        ("POST", "/api/v1/policy/check", Policy, [Roles.Privacy]),
        ("POST", "/api/v1/policy", Policy, [Roles.Privacy]),
        ("GET", "/api/v1/audit/events", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/activity", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/activity/{staff}", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/failures", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/checkpoint", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/proofs/inclusion", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/proofs/consistency", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/leaves", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/export", null, [Roles.Security, Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests", SubjectCases.Filing("access"), [Roles.Privacy]),
        ("GET", "/api/v1/subjects/requests", null, [Roles.Privacy]),
        ("GET", "/api/v1/subjects/requests/{id:guid}", null, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/verify", """{"method":"compared","verified":true}""", [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/extend", Text, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/refuse", Text, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/fulfil", Text, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/restrict", Text, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/lift", Text, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/erase", null, [Roles.Privacy]),
        ("POST", "/api/v1/subjects/requests/{id:guid}/export", """{"recipient":"the member"}""", [Roles.Privacy]),
        ("POST", "/api/v1/subjects/disclosures", """{"members":["roles-member"],"recipient":"a court","what":"dates","why":"a subpoena"}""", [Roles.Privacy]),
        ("POST", "/api/v1/subjects/disclosures/suspensions", """{"member":"roles-member","recipient":"a court","until":"2999-01-01","statement":"letter"}""", [Roles.Privacy]),
        ("GET", "/api/v1/holds", null, [Roles.Privacy]),
        ("POST", "/api/v1/holds", SubjectCases.Hold, [Roles.Privacy]),
        ("POST", "/api/v1/holds/{id:guid}/lift", Text, [Roles.Privacy]),
        ("POST", "/api/v1/audit/members/lookup", """{"member":"roles-member"}""", [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/members/{handle}/access", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/grants", null, [Roles.Security, Roles.Privacy]),
        ("GET", "/api/v1/audit/grants/{id}", null, [Roles.Security, Roles.Privacy]),
        ("POST", "/api/v1/audit/grants", """{"site":"kp.org","from":"2026-01-01","to":"2026-01-02"}""", [Roles.Security]),
        ("POST", "/api/v1/audit/grants/{id}/give", null, [Roles.Privacy]),
        ("POST", "/api/v1/audit/grants/{id}/refuse", "{}", [Roles.Privacy]),
        ("POST", "/api/v1/audit/grants/{own}/end", null, [Roles.Security, Roles.Privacy]),
        ("POST", "/api/v1/audit/grants/{given}/lines", "{}", [Roles.Security]),
        ("GET", "/api/v1/cases", null, [Roles.Security, Roles.Privacy]),
        ("POST", "/api/v1/cases/{broken}/review", """{"verdict":"justified"}""", [Roles.Privacy]),
    ];

    private static string Asked(string path) => path switch
    {
        "/api/v1/audit/proofs/inclusion" => path + "?index=0&size=1",
        "/api/v1/audit/proofs/consistency" or "/api/v1/audit/leaves" => path + "?from=0&to=1",
        "/api/v1/audit/export" => path + "?format=csv&recipient=regulator",
        _ => path,
    };

    private const string Text = """{"text":"because"}""";

    // What is done is on the record as that, and as no read.
    private static readonly Dictionary<string, string> Acts = new(StringComparer.Ordinal)
    {
        ["POST /api/v1/policy"] = "policy-published",
        ["POST /api/v1/subjects/requests"] = "subject-request-received",
        ["POST /api/v1/subjects/requests/{id:guid}/verify"] = "subject-verified",
        ["POST /api/v1/subjects/requests/{id:guid}/extend"] = "subject-request-extended",
        ["POST /api/v1/subjects/requests/{id:guid}/refuse"] = "subject-request-refused",
        ["POST /api/v1/subjects/requests/{id:guid}/fulfil"] = "subject-request-fulfilled",
        ["POST /api/v1/subjects/requests/{id:guid}/restrict"] = "subject-restricted",
        ["POST /api/v1/subjects/requests/{id:guid}/lift"] = "restriction-lifted",
        ["POST /api/v1/subjects/requests/{id:guid}/erase"] = "subject-erased",
        ["POST /api/v1/subjects/requests/{id:guid}/export"] = "subject-data-exported",
        ["POST /api/v1/subjects/disclosures"] = "disclosure-made",
        ["POST /api/v1/subjects/disclosures/suspensions"] = "disclosure-suspended",
        ["POST /api/v1/audit/grants"] = "grant-asked",
        ["POST /api/v1/audit/grants/{id}/give"] = "grant-given",
        ["POST /api/v1/audit/grants/{id}/refuse"] = "grant-refused",
        ["POST /api/v1/audit/grants/{own}/end"] = "grant-ended",
        ["POST /api/v1/cases/{broken}/review"] = "access-reviewed",
        ["POST /api/v1/holds"] = "hold-placed",
        ["POST /api/v1/holds/{id:guid}/lift"] = "hold-lifted",
    };

    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var (method, path, _, _) in Table)
        {
            foreach (var role in Roles.All)
                cases.Add(method, path, role);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Endpoint_ForEachRole_AnswersOrRefusesAndRecordsExactlyOnce(string method, string path, string role)
    {
        var row = Table.Single(entry => entry.Method == method && entry.Path == path);
        var user = $"{role}{method}{path.Replace('/', '.')}";
        using var client = service.Client(role, user);
        using var request = await PrepareAsync(service, row.Method, row.Path, row.Body, user);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var allowed = row.Roles.Contains(role);
        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        if (!allowed)
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        // Exactly one entry, of the read or of what was done; beside it those of the grant that was prepared.
        var act = allowed ? Acts.GetValueOrDefault($"{method} {path}") : null;
        var line = Assert.Single(await service.LinesOfAsync(user), entry => entry.Kind == act || !entry.Kind.StartsWith("grant-", StringComparison.Ordinal));
        if (act is not null)
            Assert.Equal((act, act is "subject-request-refused" or "grant-refused" ? "refused" : "success", "api"), (line.Kind, line.Outcome, line.Channel));
        else
            Assert.Equal(("staff-queried", role, Route(path), allowed ? "success" : "refused", "api"), (line.Kind, line.Role, line.Resource, line.Outcome, line.Channel));
    }

    private static string Route(string path) => path.Replace("{own}", "{id}", StringComparison.Ordinal).Replace("{given}", "{id}", StringComparison.Ordinal).Replace("{broken}", "{id}", StringComparison.Ordinal).Replace("{staff}", "{handle}", StringComparison.Ordinal);

    /// <summary>A request of an endpoint as it can be answered: what it is about has been made, and stands so that it allows it.</summary>
    internal static async Task<HttpRequestMessage> PrepareAsync(RunningService service, string method, string path, string? body, string user)
    {
        var request = Request(method, await SubjectCases.PrepareAsync(service, method, Asked(await AddressAsync(service, path, user))), body);
        request.Headers.Add("X-Purpose-Of-Use", "quality");
        request.Headers.Add("X-Case", "C-2026-2");
        return request;
    }

    // An address with a grant in the state that the path needs.
    private static async Task<string> AddressAsync(RunningService service, string path, string user)
    {
        var grants = service.Service<GrantBook>();
        var (ann, pam) = (new Act("roles-ann", Roles.Security, "api", "t"), new Act("roles-pam", Roles.Privacy, "api", "t"));
        var asked = new AskGrant("legal", "C-1", new GrantScope(null, "kp.org", service.Time.GetUtcNow().AddDays(-1), service.Time.GetUtcNow()));
        var grant = path switch
        {
            _ when path.Contains("{id}", StringComparison.Ordinal) => await grants.AskAsync(asked, ann, CancellationToken.None),
            _ when path.Contains("{own}", StringComparison.Ordinal) || path.Contains("{given}", StringComparison.Ordinal) => await grants.AskAsync(asked, ann with { User = user }, CancellationToken.None),
            _ when path.Contains("{broken}", StringComparison.Ordinal) => await grants.AskAsync(asked with { Purpose = AskGrant.BreakGlass }, ann, CancellationToken.None),
            _ => null,
        };
        if (path.Contains("{given}", StringComparison.Ordinal))
            await grants.GiveAsync(grant!.Grant!.Id, pam, CancellationToken.None);
        if (path.Contains("{staff}", StringComparison.Ordinal))
            return path.Replace("{staff}", service.Service<ActivityReader>().HandleOf("roles-staff", user), StringComparison.Ordinal);
        return Route(path).Replace("{id}", grant?.Grant?.Id, StringComparison.Ordinal).Replace("{handle}", service.Service<MemberHandles>().Make("roles-member", user), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_NamesEveryEndpointOfTheApi()
    {
        var mapped = service.Endpoints.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(Table.Select(row => $"{row.Method} {Route(row.Path)}").Order(StringComparer.Ordinal), mapped);
    }

    [Fact]
    public async Task Endpoint_WithoutToken_IsUnauthorized()
    {
        using var client = service.Client();
        foreach (var row in Table)
        {
            using var request = Request(row.Method, Route(row.Path).Replace(SubjectCases.Id, Guid.Empty.ToString(), StringComparison.Ordinal), row.Body);
            using var answer = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Query_IsOnTheRecordInFullWithPurposeAndCase()
    {
        using var client = service.Client(Roles.Analyst, "query-in-full");
        using var request = Request("POST", "/api/v1/query", Query);
        request.Headers.Add("X-Purpose-Of-Use", "quality");
        request.Headers.Add("X-Case", "C-2026-1");
        using var answer = await client.SendAsync(request);
        var line = Assert.Single(await service.LinesOfAsync("query-in-full"));
        Assert.Equal((Query, "quality", "C-2026-1"), (line.Query, line.Purpose, line.Case));
    }

    [Fact]
    public async Task Query_ThatIsWrong_IsNoReadAndNotRecorded()
    {
        using var client = service.Client(Roles.Analyst, "wrong-query");
        using var request = Request("POST", "/api/v1/query", """{"site":"nowhere"}""");
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("nowhere", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await service.LinesOfAsync("wrong-query"));
    }

    private static string PolicyOf(DateOnly notice)
    {
        var document = JsonNode.Parse(PolicyBook.BuiltIn.Document)!;
        var effective = notice.AddDays(30);
        (document["revision"], document["noticeFrom"], document["effectiveFrom"]) = (PolicyRevision.NameOf(effective), $"{notice:yyyy-MM-dd}", $"{effective:yyyy-MM-dd}");
        return document.ToJsonString();
    }

    private static HttpRequestMessage Request(string method, string path, string? body) => new(new HttpMethod(method), new Uri(path, UriKind.Relative))
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
    };
}
