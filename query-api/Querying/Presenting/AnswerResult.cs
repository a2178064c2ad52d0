using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KpTelemetry.Privacy.Release;
using KpTelemetry.QueryApi.Querying.Running;

namespace KpTelemetry.QueryApi.Querying.Presenting;

/// <summary>
/// Writes an answer. What JSON says beside the rows, the other forms say in headers: <c>Kp-Withheld</c>, <c>Kp-As-Of</c>,
/// <c>Kp-Policy</c>.
/// </summary>
public sealed class AnswerResult(Answer answer, AnswerFormat format, string policy) : IResult, IStatusCodeHttpResult
{
    private static readonly char[] Quoted = [',', '"', '\r', '\n'];

    // Escapes what JSON demands and nothing for the sake of HTML, in which no answer is ever embedded: labels stay readable.
    private static readonly JsonSerializerOptions Plain = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int? StatusCode => StatusCodes.Status200OK;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept";
        if (format == AnswerFormat.Json)
            return response.WriteAsJsonAsync(Body(), Plain, AnswerFormats.MediaTypes[format], httpContext.RequestAborted);
        response.ContentType = AnswerFormats.MediaTypes[format] + "; charset=utf-8";
        response.Headers["Kp-Withheld"] = answer.Of.Withheld.Text();
        response.Headers["Kp-Policy"] = policy;
        if (AsOf() is { } asOf)
            response.Headers["Kp-As-Of"] = asOf;
        return response.WriteAsync(format == AnswerFormat.Csv ? Csv() : Ndjson(), httpContext.RequestAborted);
    }

    private object Body() => new { columns = answer.Columns, rows = answer.Rows, withheld = answer.Of.Withheld.Text(), asOf = AsOf(), policy };

    private string? AsOf() => answer.Of.AsOf?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // RFC 4180.
    private string Csv()
    {
        var text = new StringBuilder();
        foreach (var row in answer.Rows.Prepend([.. answer.Columns]))
            text.AppendJoin(',', row.Select(Field)).Append("\r\n");
        return text.ToString();
    }

    private static string Field(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.IndexOfAny(Quoted) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private string Ndjson()
    {
        var text = new StringBuilder();
        foreach (var row in answer.Rows)
            text.Append(JsonSerializer.Serialize(answer.Columns.Zip(row).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal), Plain)).Append('\n');
        return text.ToString();
    }
}
