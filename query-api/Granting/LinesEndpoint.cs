using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;

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

    private static async Task<IResult> ReadAsync(string id, LinesWanted? wanted, HttpContext http, GrantBook grants, IdentifiedLines lines, CancellationToken cancellation)
    {
        http.DescribeRead($"grant {id}");
        var act = GrantEndpoints.ActOf(http);
        var (grant, refusal) = await grants.CheckAsync(id, act, cancellation);
        if (grant is null || refusal is not null)
            return Refuse(refusal!);
        if (LinePlace.Parse(wanted?.After) is not { } after)
            return Problem.Result(StatusCodes.Status400BadRequest, "after is the next of the reading before.");
        if (wanted?.Limit is < 1 or > GrantLimits.MostLines)
            return Problem.Result(StatusCodes.Status400BadRequest, $"limit goes from 1 to {GrantLimits.MostLines}.");

        var found = await lines.FindAsync(grant.Scope, after, Math.Min(wanted?.Limit ?? grant.LinesLeft, grant.LinesLeft), cancellation);
        var read = RecordReads.Read(http, allowed: true) with { Purpose = grant.Purpose, Case = grant.Case };
        var used = await grants.UseAsync(id, act, read, found.Lines.CountBy(line => line.Member).ToDictionary(StringComparer.Ordinal), cancellation);
        return used.Refusal is { } late
            ? Refuse(late)
            : Results.Ok(new LinesRead(found.Lines, found.Next?.ToString(), found.Gone, used.Grant!.LinesLeft));
    }

    private static IResult Refuse(Refusal refusal) => refusal.Kind == RefusalKind.Unknown
        ? Problem.Result(StatusCodes.Status403Forbidden, "There is no such grant, and nothing is read without one: POST /api/v1/audit/grants asks for one.")
        : GrantEndpoints.Answer(refusal);
}
