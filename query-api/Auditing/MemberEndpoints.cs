using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>Whose timeline is wanted.</summary>
/// <param name="Member">What the portals call the member.</param>
public sealed record MemberAsked(string? Member);

/// <summary>What stands for a member in addresses.</summary>
/// <param name="Handle">Opaque; holds for the account that asked.</param>
public sealed record MemberHandle(string Handle);

/// <summary>A member's access record by API. A member's name comes in a body only, never in an address.</summary>
public static class MemberEndpoints
{
    private const int StandardLimit = 100;
    private const int MostLimit = 1000;
    private const int LongestMember = 256;

    private static readonly string BreakGlass =
        $"With the purpose `{AskGrant.BreakGlass}` it is an open case at once (`GET /api/v1/cases`), until another person has reviewed it, within {GrantLimits.ReviewedWithin.TotalHours} hours.";

    /// <summary>Maps <c>audit/members</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/audit/members/lookup", Lookup).ForRoles(Roles.Security, Roles.Privacy).AddEndpointFilter<RequirePurpose>()
            .WithName("audit-member-lookup").WithSummary("A handle for a member, by which their access record is asked for")
            .WithDescription($"The body names the member: `{{\"member\":\"...\"}}`. {RequirePurpose.Description} The handle holds for the account that asks, and is another one each time. A name that the record does not know gets one too. {BreakGlass}")
            .Accepts<MemberAsked>("application/json").Produces<MemberHandle>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapGet("/audit/members/{handle}/access", AccessAsync).ForRoles(Roles.Security, Roles.Privacy).AddEndpointFilter<RequirePurpose>()
            .WithName("audit-member-access").WithSummary("What the record holds of a member, newest event first, in pages")
            .WithDescription(
                $"{RequirePurpose.Description} `from` (included) and `to` (excluded) are dates or times (RFC 3339) and default to everything; `limit` goes to 1,000; `before` is the `next` of the page before. " +
                $"The read is on the record before it is answered: in the reader's stream, and as `record-read` in the member's own. {BreakGlass}")
            .Produces<MemberTimeline>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Lookup(MemberAsked asked, HttpContext http, MemberHandles handles)
    {
        if (asked.Member?.Trim() is not { Length: > 0 and <= LongestMember } member)
            return Problem.Result(StatusCodes.Status400BadRequest, $"member is what the portals call the member, in at most {LongestMember} characters.");
        http.IsAbout(member, showsRecord: false);
        return IsOwnBehindGlass(http, member) ? OwnRecord() : Results.Ok(new MemberHandle(handles.Make(member, Account.Of(http.User)!.User)));
    }

    private static async Task<IResult> AccessAsync(string handle, string? from, string? to, long? before, int? limit, HttpContext http, MemberReader reader, TimeProvider time, CancellationToken cancellation)
    {
        if (GivenTime.Parse(from, DateTimeOffset.UnixEpoch) is not { } start || GivenTime.Parse(to, time.GetUtcNow().AddYears(1)) is not { } end)
            return Problem.Result(StatusCodes.Status400BadRequest, GivenTime.Wrong);
        if (limit is < 1 or > MostLimit)
            return Problem.Result(StatusCodes.Status400BadRequest, "limit goes from 1 to 1,000.");
        if (await reader.ReadAsync(handle, Account.Of(http.User)!.User, new TimelineQuery(start, end, before, limit ?? StandardLimit), cancellation) is not { } found)
            return Problem.Result(StatusCodes.Status404NotFound, "There is no such handle of this account: POST /api/v1/audit/members/lookup makes one.");
        http.IsAbout(found.Member, showsRecord: true, found.Handle);
        return IsOwnBehindGlass(http, found.Member) ? OwnRecord() : Results.Ok(found.Timeline);
    }

    private static bool IsOwnBehindGlass(HttpContext http, string? member) => PurposeOfUse.Of(http) == AskGrant.BreakGlass && Grant.IsSame(Account.Of(http.User)!.User, member);

    private static IResult OwnRecord() => Problem.Result(StatusCodes.Status403Forbidden, "Nobody breaks the glass for their own record: ask with another purpose.");
}
