using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>The access record by API.</summary>
public static class AuditEndpoints
{
    private const int StandardLimit = 100;
    private const int MostLimit = 1000;

    /// <summary>Maps <c>audit/events</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit/events", EventsAsync)
            .ForRoles(Roles.Security, Roles.Privacy)
            .WithName("audit-events")
            .WithSummary("The access record, newest event first, in pages")
            .WithDescription(
                "`from` (included) and `to` (excluded) are dates or times (RFC 3339) and default to the last 24 hours; `kind` is one of " +
                string.Join(", ", EventKinds.All) + "; `limit` goes to 1,000; `before` is the `next` of the page before. " +
                "Members are handles; who they are is asked for elsewhere. The read is itself on the record before it is answered.")
            .Produces<RecordPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> EventsAsync(string? from, string? to, string? kind, long? before, int? limit, RecordReader reader, TimeProvider time, CancellationToken cancellation)
    {
        if (limit is < 1 or > MostLimit)
            return Problem.Result(StatusCodes.Status400BadRequest, "limit goes from 1 to 1,000.");
        var asked = RecordQueries.Parse(from, to, kind, before, limit ?? StandardLimit, time);
        return asked.Query is { } query ? Results.Ok(await reader.ReadAsync(query, cancellation)) : asked.Problem!;
    }
}
