using System.Security.Cryptography;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Platform.Tokens;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Dashboards;
using KpTelemetry.QueryApi.Limits;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>Signing on to the dashboards and off again. Each takes effect once it is on the record.</summary>
public sealed class SignInEndpoints(BearerTokens tokens, AccessRecord record, Sessions sessions, TimeProvider time)
{
    private const int LongestToken = 4096;

    /// <summary>How long a session that a ticket began goes on, with activity.</summary>
    private static readonly TimeSpan TicketSession = TimeSpan.FromHours(8);

    /// <summary>Maps <c>/sign-in</c> and <c>/sign-off</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(string.Empty).ExcludeFromDescription().AllowAnonymous();
        group.MapGet("/sign-in", (string? ticket, string? ended, HttpContext http, SignInEndpoints endpoints) =>
            ticket is null ? Task.FromResult(Page(NoticeOf(ended))) : endpoints.SignOnAsync(ticket, http)).RequireRateLimiting(RequestLimits.SignIn);
        group.MapPost("/sign-in", ([FromForm] string? token, HttpContext http, SignInEndpoints endpoints) =>
            endpoints.SignOnAsync(token?.Trim() ?? string.Empty, http)).RequireRateLimiting(RequestLimits.SignIn);
        // Within the session: the form's token is made out to whom it signs off.
        routes.MapPost("/sign-off", ([FromForm] string? from, HttpContext http, SignInEndpoints endpoints) => endpoints.SignOffAsync(http))
            .RequireAuthorization(QueryApiService.Pages).ExcludeFromDescription();
    }

    private async Task<IResult> SignOnAsync(string token, HttpContext http)
    {
        var presented = token.Length is > 0 and <= LongestToken ? await tokens.CheckAsync(token, LocalTokens.ApiAudience, LocalTokens.TicketAudience) : null;
        if (presented is null)
            return await FailAsync(StaffSignOn.Unknown, SignInNotice.NotValid, http);

        var signOn = new StaffSignOn { User = presented.Account.User, Step = StaffSignOnStep.SignedOn };
        var session = new Session(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), presented.Account, EndOf(presented));
        if (!sessions.TryStart(session))
            return Page(SignInNotice.TooMany, StatusCodes.Status503ServiceUnavailable);
        if (!await RecordedAsync(presented, signOn, session, http.RequestAborted))
            return await FailAsync(presented.Account.User, SignInNotice.TicketUsed, http);
        await DashboardCookie.GiveAsync(http, session);
        return Results.Redirect("/");
    }

    // A ticket's own end is only how long it waits to be used.
    private DateTimeOffset EndOf(PresentedToken presented) =>
        presented.IsTicket ? time.GetUtcNow() + TicketSession : new DateTimeOffset(presented.Ends, TimeSpan.Zero);

    private async Task<bool> RecordedAsync(PresentedToken presented, StaffSignOn signOn, Session session, CancellationToken cancellation)
    {
        var recorded = false;
        try
        {
            if (presented.IsTicket)
                return recorded = await record.TryRecordTicketAsync(signOn, presented.Id, cancellation);
            await record.RecordSignOnAsync(signOn, cancellation);
            return recorded = true;
        }
        finally
        {
            if (!recorded)
                sessions.End(session.Id);
        }
    }

    private async Task<IResult> FailAsync(string user, SignInNotice notice, HttpContext http)
    {
        await record.RecordSignOnAsync(new StaffSignOn { User = user, Step = StaffSignOnStep.Failed }, http.RequestAborted);
        return Page(notice, StatusCodes.Status401Unauthorized);
    }

    private async Task<IResult> SignOffAsync(HttpContext http)
    {
        if (Session.Of(http.User) is { } session)
        {
            await record.RecordSignOnAsync(new StaffSignOn { User = session.Account.User, Step = StaffSignOnStep.SignedOff }, http.RequestAborted);
            sessions.End(session.Id);
        }

        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.Redirect("/sign-in?ended=asked");
    }

    private static SignInNotice NoticeOf(string? ended) => ended switch
    {
        "asked" => SignInNotice.SignedOff,
        "inactivity" => SignInNotice.Inactivity,
        _ => SignInNotice.None,
    };

    private static IResult Page(SignInNotice notice, int status = StatusCodes.Status200OK) =>
        new RazorComponentResult<SignInPage>(new { Notice = notice }) { StatusCode = status };
}

/// <summary>What the sign-in page tells beside its form.</summary>
public enum SignInNotice
{
    None,
    SignedOff,
    Inactivity,
    NotValid,
    TicketUsed,
    TooMany,
}
