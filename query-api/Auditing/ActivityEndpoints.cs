using System.Globalization;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>What the staff did, and whose sign-ons failed, by API.</summary>
public static class ActivityEndpoints
{
    private const int StandardLimit = 100;
    private const int MostLimit = 1000;
    private const int StandardDays = 30;
    private const string WrongLimit = "limit goes from 1 to 1,000.";
    private const string WrongDay = "from and to are days (2026-01-31), UTC.";
    private const string AsOf = "The figures follow the record within seconds: `asOf` tells how far they go. The read is itself on the record before it is answered.";

    private static readonly TimeSpan StandardHours = TimeSpan.FromDays(7);
    private static readonly DateTimeOffset LastHour = DateTimeOffset.MaxValue.AddHours(-1);

    /// <summary>Maps <c>audit/activity</c> and <c>audit/failures</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        Describe(api.MapGet("/audit/activity", ActivityAsync), "audit-activity", "What each member of staff did in some days, the newest act first, in pages")
            .WithDescription($"`from` (included) and `to` (excluded) are days (UTC) and default to the last {StandardDays}; `limit` goes to 1,000; `before` is the `next` of the page before. {AsOf}")
            .Produces<StaffActivity>();
        Describe(api.MapGet("/audit/activity/{handle}", EntriesAsync), "audit-activity-entries", "What a member of staff did, entry by entry, newest first, in pages")
            .WithDescription("`handle` is the `access` of `audit-activity` or `audit-failures`, which holds for the account that asked. `from` and `to` are dates or times (RFC 3339) and default to everything; `limit` and `before` as for audit-events. The read is itself on the record before it is answered.")
            .Produces<RecordPage>().ProducesProblem(StatusCodes.Status404NotFound);
        Describe(api.MapGet("/audit/failures", FailuresAsync), "audit-failures", "Whose sign-ons failed, those with the most failures first, staff and members apart")
            .WithDescription($"`from` (included) and `to` (excluded) are dates or times (RFC 3339), taken in whole hours, and default to the last {StandardHours.Days} days; `limit` goes to 1,000. Members are handles; `access` is what `audit-member-access` takes, with a purpose and a case. {AsOf}")
            .Produces<SignOnFailures>();
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, string name, string summary) => endpoint
        .ForRoles(Roles.Security, Roles.Privacy).WithName(name).WithSummary(summary).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> ActivityAsync(string? from, string? to, long? before, int? limit, HttpContext http, ActivityReader reader, TimeProvider time, CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (limit is < 1 or > MostLimit)
            return Problem.Result(StatusCodes.Status400BadRequest, WrongLimit);
        return Day(from, today.AddDays(1 - StandardDays)) is { } start && Day(to, today.AddDays(1)) is { } end
            ? Results.Ok(await reader.ReadAsync(new ActivityQuery(start, end, before, limit ?? StandardLimit), Account.Of(http.User)!.User, cancellation))
            : Problem.Result(StatusCodes.Status400BadRequest, WrongDay);
    }

    private static async Task<IResult> EntriesAsync(string handle, string? from, string? to, long? before, int? limit, HttpContext http, ActivityReader reader, TimeProvider time, CancellationToken cancellation)
    {
        if (GivenTime.Parse(from, DateTimeOffset.UnixEpoch) is not { } start || GivenTime.Parse(to, time.GetUtcNow().AddYears(1)) is not { } end)
            return Problem.Result(StatusCodes.Status400BadRequest, GivenTime.Wrong);
        if (limit is < 1 or > MostLimit)
            return Problem.Result(StatusCodes.Status400BadRequest, WrongLimit);
        if (await reader.EntriesAsync(handle, Account.Of(http.User)!.User, new RecordQuery(start, end, Kind: null, before, limit ?? StandardLimit), cancellation) is not { } page)
            return Problem.Result(StatusCodes.Status404NotFound, "There is no such handle of this account: GET /api/v1/audit/activity makes some.");
        http.DescribeRead(Described(page, http));
        return Results.Ok(page);
    }

    private static async Task<IResult> FailuresAsync(string? from, string? to, int? limit, HttpContext http, FailureReader reader, TimeProvider time, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (GivenTime.Parse(from, now - StandardHours) is not { } start || GivenTime.Parse(to, now) is not { } end)
            return Problem.Result(StatusCodes.Status400BadRequest, GivenTime.Wrong);
        return limit is < 1 or > MostLimit
            ? Problem.Result(StatusCodes.Status400BadRequest, WrongLimit)
            : Results.Ok(await reader.ReadAsync(new FailureQuery(HourFrom(start), HourFrom(end < LastHour ? end.AddHours(1).AddTicks(-1) : end), limit ?? StandardLimit), Account.Of(http.User)!.User, cancellation));
    }

    /// <summary>Whose activity was read, for the record: the handle tells nobody.</summary>
    internal static string Described(RecordPage page, HttpContext http) =>
        $"activity of {page.Events.Select(line => line.User ?? line.Actor).FirstOrDefault(user => user is not null) ?? "an account without entries"}{http.Request.QueryString}";

    private static DateTimeOffset HourFrom(DateTimeOffset time) => time.AddTicks(-(time.UtcTicks % TimeSpan.TicksPerHour));

    private static DateOnly? Day(string? text, DateOnly standard) => string.IsNullOrEmpty(text) ? standard
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
