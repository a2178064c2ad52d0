using System.Text;
using System.Text.Json;
using KpTelemetry.QueryApi.Policies;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Querying.Parsing;
using KpTelemetry.QueryApi.Querying.Planning;
using KpTelemetry.QueryApi.Querying.Presenting;
using KpTelemetry.QueryApi.Querying.Running;
using KpTelemetry.QueryApi.Recording;
using Npgsql;

namespace KpTelemetry.QueryApi.Querying;

/// <summary><c>POST /api/v1/query</c>: parse, plan, run, present. The read is recorded by the group it is mapped in.</summary>
internal static class QueryEndpoint
{
    private const int MostBytes = 64 * 1024;

    public static async Task<IResult> AskAsync(HttpContext http, QueryRunner runner, NpgsqlDataSource database, PolicyShelf policies, CancellationToken cancellation)
    {
        if (await BodyAsync(http.Request, cancellation) is not { } body)
            return Problem.Result(StatusCodes.Status413PayloadTooLarge, "A query has at most 64 KB.");
        http.DescribeRead(Encoding.UTF8.GetString(body));
        if (Json(body) is not { } json)
            return Problem.Result(StatusCodes.Status400BadRequest, "The body is no JSON.");
        if (AnswerFormats.Choose(http.Request.GetTypedHeaders().Accept) is not { } format)
            return Problem.Result(StatusCodes.Status406NotAcceptable, "There is no answer of that media type.", Possible("mediaTypes", AnswerFormats.MediaTypes.Values));

        if (QueryParser.Parse(json, out var problem) is not { } query || QueryPlanner.Plan(query, out problem) is not { } plan)
            return Refuse(problem!);
        return await runner.RunAsync(plan, cancellation) is { } answer
            ? new AnswerResult(answer, format, (await policies.InForceAsync(cancellation)).Name)
            : Refuse(new QueryProblem("There is no such site.", Possible("sites", await PublishedSnapshot.SitesAsync(database, cancellation))));
    }

    private static IResult Refuse(QueryProblem problem) =>
        Problem.Result(StatusCodes.Status400BadRequest, problem.Detail, new Dictionary<string, object?>(problem.Possible, StringComparer.Ordinal));

    private static Dictionary<string, object?> Possible(string name, IEnumerable<string> values) => new(StringComparer.Ordinal) { [name] = values };

    private static JsonElement? Json(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            ReadAllText(document.RootElement);
            return document.RootElement.Clone();
        }
        // Escapes of half a surrogate pair are JSON, and no text.
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void ReadAllText(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    ReadAllText(item);
                break;
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    ReadAllText(member.Value);
                }

                break;
        }
    }

    private static async Task<byte[]?> BodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellation)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MostBytes)
                return null;
        }

        return body.ToArray();
    }
}
