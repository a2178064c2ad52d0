using System.Text.Json;
using KpTelemetry.Audit.Exporting;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>The access record as a file: for a recipient and a purpose, or not at all (P0 no sale, P13).</summary>
public static class ExportEndpoint
{
    private const int LongestRecipient = 200;

    /// <summary>Maps <c>audit/export</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit/export", Export)
            .ForRoles(Roles.Security, Roles.Privacy)
            .WithName("audit-export")
            .WithSummary("The access record as a file")
            .WithDescription(
                "`format` is `fhir` (NDJSON of FHIR R4 AuditEvent, as IHE BALP has it) or `csv`; `from`, `to` and `kind` as for audit-events; newest first. " +
                "`recipient` says who gets the file and the header `X-Purpose-Of-Use` why: both are required and on the record. " +
                "Members are handles; what exactly staff asked for is left out. For a file that can be verified offline, see `./kp audit export`.")
            .Produces(StatusCodes.Status200OK, contentType: FhirAuditEvent.MediaType, additionalContentTypes: CsvLines.MediaType)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static IResult Export(HttpContext http, string? format, string? recipient, string? from, string? to, string? kind, RecordReader reader, TimeProvider time)
    {
        if (format is not ("fhir" or "csv"))
            return Problem.Result(StatusCodes.Status400BadRequest, "format is fhir or csv.");
        if (string.IsNullOrWhiteSpace(recipient) || recipient.Length > LongestRecipient)
            return Problem.Result(StatusCodes.Status400BadRequest, "recipient says who gets the file, in at most 200 characters: an export with no recipient is refused.");
        if (PurposeOfUse.Of(http) is null)
            return Problem.Result(StatusCodes.Status400BadRequest, $"The header {PurposeOfUse.Header} says why, as one of: {string.Join(", ", PurposeOfUse.All)}.");
        var asked = RecordQueries.Parse(from, to, kind, before: null, RecordDownload.PageEntries, time);
        return asked.Query is { } query ? new RecordDownload(reader, query, format == "fhir") : asked.Problem!;
    }
}

/// <summary>Writes the entries that a query selects, page by page, so that memory does not grow with the file.</summary>
public sealed class RecordDownload(RecordReader reader, RecordQuery query, bool isFhir) : IResult, IStatusCodeHttpResult
{
    internal const int PageEntries = 500;

    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = isFhir ? FhirAuditEvent.MediaType : $"{CsvLines.MediaType}; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentDisposition = $"attachment; filename=\"access-record.{(isFhir ? "ndjson" : "csv")}\"";
        if (!isFhir)
            await response.WriteAsync(CsvLines.Header, cancellation);
        for (var next = query; ;)
        {
            var page = await reader.ReadAsync(next, cancellation);
            await WriteAsync(response, page, cancellation);
            if (page.Next is null)
                return;
            next = next with { Before = page.Next };
        }
    }

    private async Task WriteAsync(HttpResponse response, RecordPage page, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        foreach (var line in page.Events)
        {
            if (isFhir)
                WriteFhir(buffer, line);
            else
                buffer.Write(System.Text.Encoding.UTF8.GetBytes(CsvLines.Of(line)));
        }

        buffer.Position = 0;
        await buffer.CopyToAsync(response.Body, cancellation);
    }

    private static void WriteFhir(Stream to, RecordLine line)
    {
        using (var json = new Utf8JsonWriter(to))
            FhirAuditEvent.Write(json, line);
        to.WriteByte((byte)'\n');
    }
}
