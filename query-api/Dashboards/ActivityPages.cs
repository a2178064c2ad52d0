using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Auditing;
using KpTelemetry.QueryApi.Recording;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>What the staff did and whose sign-ons failed, as a page; one of the staff entry by entry.</summary>
public static class ActivityPages
{
    private const int Listed = 50;

    /// <summary>Maps the page below a group of sessions that records reads.</summary>
    public static void Map(IEndpointRouteBuilder pages) =>
        pages.MapGet("/activity", ShowAsync).ForRoles(Roles.Security, Roles.Privacy);

    private static async Task<IResult> ShowAsync(
        string? from, string? last, string? of, long? before, HttpContext http, ActivityReader activity, FailureReader failures, TimeProvider time, CancellationToken cancellation)
    {
        var session = await DashboardPages.BeginAsync(http);
        var (user, range) = (session.Account.User, DashboardRange.Choose(from, last, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)));
        var (start, end) = (DashboardPages.Midnight(range.From), DashboardPages.Midnight(range.To));
        var entries = of is null ? null : await activity.EntriesAsync(of, user, new RecordQuery(start, end, Kind: null, before, Listed), cancellation);
        if (entries is not null)
            http.DescribeRead(ActivityEndpoints.Described(entries, http));
        return new RazorComponentResult<ActivityView>(new
        {
            Session = session,
            Range = range,
            Activity = await activity.ReadAsync(new ActivityQuery(range.From, range.To, entries is null ? before : null, Listed), user, cancellation),
            Failures = await failures.ReadAsync(new FailureQuery(start, end, Listed), user, cancellation),
            Of = entries is null ? null : of,
            Entries = entries,
        });
    }
}
