using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Granting;

/// <summary>Which lines of a grant are wanted now.</summary>
/// <param name="Limit">How many at most; all that the grant has left where nothing is said.</param>
/// <param name="After">Where the reading before ended.</param>
public sealed record LinesWanted(int? Limit, string? After);

/// <summary>Lines read under a grant.</summary>
/// <param name="Lines">The lines, in the order of the log.</param>
/// <param name="Next">Where the next reading goes on; null where there is no more.</param>
/// <param name="Gone">Rows of sealed groups that might have held more, whose key has ended.</param>
/// <param name="LinesLeft">How many the grant is still for.</param>
public sealed record LinesRead(IReadOnlyList<IdentifiedLine> Lines, string? Next, long Gone, int LinesLeft);

/// <summary>Reading identified log lines under a grant. A reading without one is refused, and recorded as refused (P2).</summary>
public static class LinesEndpoint
{
    /// <summary>Maps <c>audit/grants/ID/lines</c>. What is read is recorded as one act: of the reader, the grant and the members.</summary>
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/audit/grants/{id}/lines", ReadAsync).ForRoles(Roles.Security)
            .WithName("grant-lines").WithSummary("Reads identified log lines under a grant")
            .WithDescription(
                "By who asked for the grant, while it is given and not used up. The body may hold `limit` and `after`, the `next` of the reading before. Each reading counts, " +
                "and is on the record before it is answered: in the reader's stream, the grant's, and that of each member whose lines they are. Only lines of the grant's scope are told; anybody else whom they name is masked.")
            .Accepts<LinesWanted>("application/json").Produces<LinesRead>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> ReadAsync(string id, LinesWanted? wanted, HttpContext http, LineReading reading, CancellationToken cancellation)
    {
        var answer = await reading.ReadAsync(id, wanted, http, cancellation);
        return answer.Refusal is { } refusal ? GrantEndpoints.Answer(refusal) : Results.Ok(answer.Read);
    }
}
