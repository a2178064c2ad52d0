using System.Text;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>Which part of a stack a request goes to.</summary>
internal enum Listener
{
    Ingest,
    QueryApi,
    Operations,
}

/// <summary>A request as bytes are sent, and what its body is.</summary>
internal sealed record RawRequest(string Line, string[] Headers, string Body = "")
{
    /// <summary>The request as it goes over the connection, which it closes.</summary>
    public byte[] Bytes()
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var head = new StringBuilder(Line).Append("\r\n");
        if (!Array.Exists(Headers, header => header.StartsWith("Host:", StringComparison.Ordinal)))
            head.Append("Host: 127.0.0.1\r\n");
        foreach (var header in Headers)
            head.Append(header).Append("\r\n");
        if (body.Length > 0)
            head.Append("Content-Length: ").Append(body.Length).Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(head.Append("Connection: close\r\n\r\n").ToString()), .. body];
    }
}

/// <summary>A place of a request where a value can stand.</summary>
/// <param name="Name">In words.</param>
/// <param name="To">Who is asked.</param>
/// <param name="Make">The request with the value there, as a client sends it that encodes nothing by itself.</param>
/// <param name="OnlyShapes">Whether only what has a shape is planted there.</param>
internal sealed record HttpPosition(string Name, Listener To, Func<string, RawRequest> Make, bool OnlyShapes = false);

/// <summary>Every place of a request where values are planted.</summary>
internal static class HttpPositions
{
    private const string Json = "Content-Type: application/json";
    private const string Form = "Content-Type: application/x-www-form-urlencoded";

    /// <summary>All of them. <c>TOKEN</c> stands for a token of the role that the address wants.</summary>
    public static IReadOnlyList<HttpPosition> All { get; } =
    [
        .. Pixel("p, path", value => $"s=canaries&p=/patients/{value}"),
        .. Pixel("p, whole", value => $"s=canaries&p={value}"),
        .. Pixel("p, campaign", value => $"s=canaries&p=/search%3Futm_campaign={value}"),
        .. Pixel("p, query", value => $"s=canaries&p=/search%3Fq={value}"),
        .. Pixel("r, host", value => $"s=canaries&p=/a&r=https://{value}.example.net/"),
        .. Pixel("r, path", value => $"s=canaries&p=/a&r=https://partner.example.net/{value}"),
        .. Pixel("e", value => $"s=canaries&p=/a&e={value.ToLowerInvariant()}"),
        .. Pixel("s", value => $"s={value}&p=/a"),
        .. Pixel("t", value => $"s=canaries&p=/a&t={value}"),
        .. Pixel("unknown parameter", value => $"s=canaries&p=/a&patient={value}"),
        .. Pixel("name of a parameter", value => $"s=canaries&p=/a&{value}=1"),
        .. Header("Cookie", value => $"kp={value}; session={value}"),
        .. Header("User-Agent", value => value),
        .. Header("Referer", value => $"https://partner.example.net/{value}"),
        .. Header("X-Forwarded-For", value => $"{value}, 203.0.113.9"),
        .. Header("Forwarded", value => $"for={value}"),
        .. Header("Accept-Language", value => value),
        .. Header("Authorization", value => $"Bearer {value}"),
        .. Header("Host", value => value),
        .. Header("traceparent", value => value),
        .. Header("tracestate", value => $"kp={value}"),
        .. Header("baggage", value => $"member={value}"),
        .. Header("X-Request-Id", value => value),
        .. Header("X-Purpose-Of-Use", value => value),
        .. Header("X-Case", value => value),
        .. Header("Accept", value => value),
        .. Anywhere("method", value => new($"{NoSpace(value)} / HTTP/1.1", [])),
        .. Anywhere("address", value => new($"GET /{NoSpace(value)} HTTP/1.1", [])),
        .. Anywhere("below an address", value => new($"GET /v1/{NoSpace(value)}/x?{NoSpace(value)} HTTP/1.1", [])),
        .. Anywhere("protocol", value => new($"GET / {NoSpace(value)}", [])),
        .. Anywhere("name of a header", value => new("GET / HTTP/1.1", [$"{NoSpace(value)}: 1"])),
        new("logs, site", Listener.Ingest, value => new($"POST /v1/logs?site={NoSpace(value)} HTTP/1.1", [], "no line\n")),
        new("logs, format", Listener.Ingest, value => new($"POST /v1/logs?site=canaries&format={NoSpace(value)} HTTP/1.1", [], "no line\n")),
        new("logs, import", Listener.Ingest, value => new("POST /v1/logs?site=canaries HTTP/1.1", [$"Kp-Import: {value}", $"Content-Range: bytes {value}/*"], "no line\n")),
        new("logs, encoding", Listener.Ingest, value => new("POST /v1/logs?site=canaries HTTP/1.1", [$"Content-Encoding: {value}"], "no line\n")),
        new("logs, damaged body", Listener.Ingest, value => new("POST /v1/logs?site=canaries HTTP/1.1", ["Content-Encoding: gzip"], value)),
        new("site's name", Listener.Ingest, value => new("POST /v1/sites HTTP/1.1", [Json], $$"""{"name":"{{Escaped(value.ToLowerInvariant())}}","timezone":"UTC","hosts":[]}"""), OnlyShapes: true),
        new("site's host", Listener.Ingest, value => Site($"\"hosts\":[\"{Escaped(value.ToLowerInvariant())}\"]"), OnlyShapes: true),
        new("site's route", Listener.Ingest, value => Site($"\"routes\":[\"/declared/{Escaped(value)}/x\"]"), OnlyShapes: true),
        new("site's event", Listener.Ingest, value => Site($"\"events\":[\"{Escaped(value.ToLowerInvariant())}\"]"), OnlyShapes: true),
        new("site's campaign", Listener.Ingest, value => Site($"\"campaigns\":[\"{Escaped(value)}\"]"), OnlyShapes: true),
        new("site's labels, revised", Listener.Ingest, value => new("PUT /v1/sites/canaries HTTP/1.1", [Json], $$"""{"routes":["{{CanaryLog.DeclaredRoute}}","/declared/{{Escaped(value)}}/x"],"campaigns":["spring-2026","{{Escaped(value)}}"]}"""), OnlyShapes: true),
        new("site, in the address", Listener.Ingest, value => new($"PUT /v1/sites/{NoSpace(value)} HTTP/1.1", [Json], """{"events":[]}""")),
        new("site's timezone", Listener.Ingest, value => new("POST /v1/sites HTTP/1.1", [Json], $$"""{"name":"elsewhere","timezone":"{{Escaped(value)}}","hosts":[]}""")),
        new("site, unknown member", Listener.Ingest, value => new("POST /v1/sites HTTP/1.1", [Json], $$"""{"name":"elsewhere","timezone":"UTC","{{Escaped(value)}}":1}""")),
        new("site, no JSON", Listener.Ingest, value => new("POST /v1/sites HTTP/1.1", [Json], $"{{\"name\":{value}")),
        new("source, site", Listener.Ingest, value => new("POST /v1/sources/candidates HTTP/1.1", [Json], $$"""{"site":"{{Escaped(value)}}","head":"","length":1}""")),
        new("source, head", Listener.Ingest, value => new("POST /v1/sources HTTP/1.1", [Json], $$"""{"site":"canaries","head":"{{Escaped(value)}}","length":1}""")),
        new("end of an import", Listener.Ingest, value => new($"POST /v1/imports/{NoSpace(value)}/end HTTP/1.1", [])),
        new("member", Listener.Ingest, value => new("POST /v1/members/flags HTTP/1.1", [Json], $$"""[{"member":"{{Escaped(value)}}","flags":["opted-out"]}]""")),
        new("member, flag", Listener.Ingest, value => new("POST /v1/members/flags HTTP/1.1", [Json], $$"""[{"member":"nobody","flags":["{{Escaped(value)}}"]}]""")),
        new("member, unknown member", Listener.Ingest, value => new("POST /v1/members/flags HTTP/1.1", [Json], $$"""[{"{{Escaped(value)}}":"nobody"}]""")),
        new("choices, answer", Listener.Ingest, value => new("POST /privacy/choices HTTP/1.1", [Form], $"measurement={Uri.EscapeDataString(value)}")),
        new("choices, name of a field", Listener.Ingest, value => new("POST /privacy/choices HTTP/1.1", [Form], $"{Uri.EscapeDataString(value)}=off&location=on")),
        new("choices, cookie", Listener.Ingest, value => new("GET /privacy/choices HTTP/1.1", [$"Cookie: kp-measurement={NoSpace(value)}; {NoSpace(value)}=off"])),
        new("rejected, site and reason", Listener.Ingest, value => new($"GET /v1/rejected?site={NoSpace(value)}&reason={NoSpace(value)} HTTP/1.1", [])),
        new("replay, site and place", Listener.Ingest, value => new("POST /v1/rejected/replay HTTP/1.1", [Json], $$"""{"site":"{{Escaped(value)}}","after":"{{Escaped(value)}}","dryRun":true}""")),
        new("replay, format", Listener.Ingest, value => new("POST /v1/rejected/replay HTTP/1.1", [Json], $$"""{"format":"{{Escaped(value)}}","dryRun":true}""")),
        new("rebuild, day", Listener.Ingest, value => new("POST /v1/rebuilds HTTP/1.1", [Json], $$"""{"from":"{{Escaped(value)}}"}""")),
        new("rebuild, number", Listener.Ingest, value => new($"GET /v1/rebuilds/{NoSpace(value)} HTTP/1.1", [])),
        new("import's number", Listener.Ingest, value => new($"GET /v1/imports/{NoSpace(value)} HTTP/1.1", [])),
        .. Query("site", value => $$"""{"site":"{{value}}","from":"2026-09-01","to":"2026-09-30","metrics":["pageviews"]}"""),
        .. Query("days", value => $$"""{"site":"canaries","from":"{{value}}","to":"2026-09-30","metrics":["pageviews"]}"""),
        .. Query("metric", value => $$"""{"site":"canaries","from":"2026-09-01","to":"2026-09-30","metrics":["{{value}}"]}"""),
        .. Query("dimension", value => $$"""{"site":"canaries","from":"2026-09-01","to":"2026-09-30","metrics":["pageviews"],"dimensions":["{{value}}"]}"""),
        .. Query("filter", value => $$"""{"site":"canaries","from":"2026-09-01","to":"2026-09-30","metrics":["pageviews"],"dimensions":["page"],"filters":[["is","page",["{{value}}"]]]}"""),
        .. Query("order", value => $$"""{"site":"canaries","from":"2026-09-01","to":"2026-09-30","metrics":["pageviews"],"order":[["{{value}}","asc"]]}"""),
        .. Query("unknown member", value => $$"""{"site":"canaries","{{value}}":1}"""),
        new("query, no JSON", Listener.QueryApi, value => new("POST /api/v1/query HTTP/1.1", [Json, "Authorization: Bearer TOKEN analyst"], $"{{\"site\":{value}")),
        new("record, days and kind", Listener.QueryApi, value => new($"GET /api/v1/audit/events?from={NoSpace(value)}&kind={NoSpace(value)} HTTP/1.1", ["Authorization: Bearer TOKEN security"])),
        new("live, site", Listener.QueryApi, value => new($"GET /api/v1/{NoSpace(value)} HTTP/1.1", ["Authorization: Bearer TOKEN analyst"])),
        new("sign-in, ticket", Listener.QueryApi, value => new($"GET /sign-in?ticket={NoSpace(value)}&ended={NoSpace(value)} HTTP/1.1", ["Accept: text/html"])),
        new("sign-in, form", Listener.QueryApi, value => new("POST /sign-in HTTP/1.1", [Form, "Accept: text/html"], $"token={Uri.EscapeDataString(value)}&user={Uri.EscapeDataString(value)}")),
        new("dashboard, site and days", Listener.QueryApi, value => new($"GET /?site={NoSpace(value)}&from={NoSpace(value)}&last={NoSpace(value)} HTTP/1.1", ["Accept: text/html", "Cookie: SESSION"])),
    ];

    /// <summary>Whether what stands there is what staff asked for, which the access record shows to those who may read it.</summary>
    public static bool IsStaffs(string position) =>
        position.StartsWith("query, ", StringComparison.Ordinal) || position.StartsWith("dashboard, ", StringComparison.Ordinal) || position == "header X-Case, query API";

    private static RawRequest Site(string lists) => new("POST /v1/sites HTTP/1.1", [Json], $$"""{"name":"elsewhere","timezone":"UTC",{{lists}}}""");

    private static IEnumerable<HttpPosition> Pixel(string name, Func<string, string> query) =>
        [new($"pixel, {name}", Listener.Ingest, value => new($"GET /b.gif?{NoSpace(query(value))} HTTP/1.1", ["User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"]))];

    private static IEnumerable<HttpPosition> Header(string name, Func<string, string> header) =>
    [
        new($"header {name}, pixel", Listener.Ingest, value => new("GET /b.gif?s=canaries&p=/a HTTP/1.1", [$"{name}: {header(value)}"])),
        new($"header {name}, logs", Listener.Ingest, value => new("POST /v1/logs?site=canaries HTTP/1.1", [$"{name}: {header(value)}"], "no line\n")),
        new($"header {name}, query API", Listener.QueryApi, value => new("GET /api/v1/glossary HTTP/1.1", ["Authorization: Bearer TOKEN analyst", $"{name}: {header(value)}"])),
        new($"header {name}, operations", Listener.Operations, value => new("GET /version HTTP/1.1", [$"{name}: {header(value)}"])),
    ];

    private static IEnumerable<HttpPosition> Anywhere(string name, Func<string, RawRequest> make) =>
        Enum.GetValues<Listener>().Select(to => new HttpPosition($"{name}, {to}", to, make));

    private static IEnumerable<HttpPosition> Query(string name, Func<string, string> body) =>
        [new($"query, {name}", Listener.QueryApi, value => new("POST /api/v1/query HTTP/1.1", [Json, "Authorization: Bearer TOKEN analyst"], body(Escaped(value))))];

    private static string NoSpace(string value) => value.Replace(' ', '+');

    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
