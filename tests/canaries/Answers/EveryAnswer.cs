using System.Text;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Canaries.Tests.Searching;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.Canaries.Tests.Answers;

/// <summary>Everything that a stack tells whoever may ask: answers to each role, pages, metrics, what is exported.</summary>
internal static class EveryAnswer
{
    private static readonly string[] Dimensions = ["time:hour", "time:day", "page", "referrer", "browser", "os", "device", "country", "status", "method", "agent", "bot"];
    private static readonly string[] Formats = ["application/json", "text/csv", "application/x-ndjson"];

    private static readonly (string Role, string Address)[] Reads =
    [
        ("admin", "/api/v1/pipeline"), ("analyst", "/api/v1/lattice"), ("marketing", "/api/v1/glossary"),
        ("analyst", "/docs"), ("analyst", "/openapi/v1.json"), ("admin", "/api/v1/query"), ("analyst", "/api/v1/nothing"),
    ];

    /// <summary>Asks for all of it, and looks through it.</summary>
    /// <returns>What was published of pages.</returns>
    public static async Task<string> SearchAsync(KpStack stack, Requests requests, Collector collector, Search search)
    {
        var pages = "";
        foreach (var dimension in Dimensions)
        {
            foreach (var format in Formats)
            {
                var query = new RawRequest("POST /api/v1/query HTTP/1.1", ["Content-Type: application/json", "Authorization: Bearer TOKEN analyst", $"Accept: {format}"], QueryOf(dimension));
                var answer = await requests.SendUntilAnsweredAsync(Listener.QueryApi, query);
                Assert.StartsWith("HTTP/1.1 200 ", Encoding.UTF8.GetString(answer), StringComparison.Ordinal);
                search.In($"the figures by {dimension} as {format}", answer);
                pages = dimension == "page" ? Encoding.UTF8.GetString(answer) : pages;
            }
        }

        foreach (var (role, address) in Reads)
            search.In($"the answer of {address}", await requests.SendUntilAnsweredAsync(Listener.QueryApi, new RawRequest($"GET {address} HTTP/1.1", [$"Authorization: Bearer TOKEN {role}"])));
        foreach (var (role, kind) in ((string, string)[])[("security", ""), ("privacy", "&kind=service-accessed")])
            search.In("the access record", await requests.SendUntilAnsweredAsync(Listener.QueryApi, new RawRequest($"GET /api/v1/audit/events?limit=1000{kind} HTTP/1.1", [$"Authorization: Bearer TOKEN {role}"])), HttpPositions.IsStaffs);
        foreach (var role in (string[])["analyst", "marketing", "security", "privacy", "admin"])
            search.In($"the dashboard of {role}", await requests.SendUntilAnsweredAsync(Listener.QueryApi, new RawRequest($"GET /?site=canaries&from={CanaryLog.Day:yyyy-MM-dd} HTTP/1.1", ["Cookie: SESSION", "Accept: text/html"]), role), HttpPositions.IsStaffs);
        search.In("the sites", await requests.SendUntilAnsweredAsync(Listener.Ingest, new RawRequest("GET /v1/sites HTTP/1.1", [])));
        await InOperationsAsync(requests, search);
        foreach (var (kind, body) in collector.Taken)
            search.In($"exported {kind}", body);
        search.In("what the supervisor told", stack.Errors);
        return pages;
    }

    /// <summary>Labels that a detector kept from being published, as the services' figures tell them; empty where there were none.</summary>
    public static async Task<string> WithheldLabelsAsync(Requests requests)
    {
        var told = new StringBuilder();
        foreach (var port in requests.Operations)
            told.Append(Encoding.UTF8.GetString(await Requests.SendAsync(port, new RawRequest("GET /metrics HTTP/1.1", ["Accept: text/plain"]))));
        Assert.Contains("\nkp_publisher_", told.ToString(), StringComparison.Ordinal);
        return string.Join('\n', told.ToString().Split('\n').Where(line => line.StartsWith("kp_publisher_labels_withheld_total{", StringComparison.Ordinal)));
    }

    private static async Task InOperationsAsync(Requests requests, Search search)
    {
        foreach (var port in requests.Operations)
        {
            foreach (var address in (string[])["/metrics", "/health/ready", "/health/live", "/version", "/nothing"])
            {
                var answer = await Requests.SendAsync(port, new RawRequest($"GET {address} HTTP/1.1", ["Accept: text/plain"]));
                Assert.NotEmpty(answer);
                search.In($"{address} of operations", answer);
            }
        }
    }

    private static string QueryOf(string dimension) =>
        $$"""{"site":"canaries","from":"2026-09-01","to":"2026-09-30","metrics":["requests"],"dimensions":["{{dimension}}"],"limit":10000}""";
}
