using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Granting;
using KpTelemetry.QueryApi.Recording;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>The cases on the dashboard of security and privacy: open grants and reviews, and the forms that do something about them or read with them.</summary>
public static class CasesPages
{
    private const string Path = "/cases";
    private const int LongestWhy = 500;

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder pages) =>
        pages.MapGet(Path, ShowAsync).ForRoles(Roles.Security, Roles.Privacy);

    /// <summary>Maps what its forms do, which is on the record as that. Each takes a form, whose token is checked before.</summary>
    public static void MapForms(IEndpointRouteBuilder pages)
    {
        pages.MapPost(Path, AskAsync).ForRoles(Roles.Security);
        pages.MapPost(Path + "/{id}/give", (string id, [FromForm] string from, HttpContext http, GrantBook grants, CancellationToken cancellation) =>
            DoAsync(grants.GiveAsync(id, GrantEndpoints.ActOf(http), cancellation), http)).ForRoles(Roles.Privacy);
        pages.MapPost(Path + "/{id}/refuse", (string id, [FromForm] string from, HttpContext http, GrantBook grants, CancellationToken cancellation) =>
            DoAsync(grants.RefuseAsync(id, why: null, GrantEndpoints.ActOf(http), cancellation), http)).ForRoles(Roles.Privacy);
        pages.MapPost(Path + "/{id}/end", (string id, [FromForm] string from, HttpContext http, GrantBook grants, CancellationToken cancellation) =>
            DoAsync(grants.EndAsync(id, GrantEndpoints.ActOf(http), cancellation), http)).ForRoles(Roles.Security, Roles.Privacy);
        pages.MapPost(Path + "/{id}/review", ReviewAsync).ForRoles(Roles.Privacy);
        pages.MapPost(Path + "/{id}/lines", LinesAsync).ForRoles(Roles.Security);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation)
    {
        var session = await DashboardPages.BeginAsync(http);
        var now = time.GetUtcNow();
        var open = (await grants.OpenAsync(cancellation)).Select(grant => ShownGrant.Of(grant, session.Account, now)).OrderByDescending(grant => grant.IsOverdue);
        return new RazorComponentResult<CasesView>(new { Session = session, Cases = (IReadOnlyList<ShownGrant>)[.. open], Today = DateOnly.FromDateTime(now.UtcDateTime) });
    }

    private static async Task<IResult> AskAsync(
        [FromForm] string purpose, [FromForm(Name = "case")] string number, [FromForm] string? member, [FromForm] string? site, [FromForm] string? from, [FromForm] string? to,
        [FromForm] int lines, [FromForm] int hours, HttpContext http, GrantBook grants, CancellationToken cancellation)
    {
        if (PurposeOfUse.Known(purpose) is not { } known || !CaseNumber.IsUsable(number))
            return Refuse(StatusCodes.Status400BadRequest, "A grant is asked for with a purpose, and the number of the case that it belongs to.");
        var (asked, wrong) = GrantEndpoints.Read(new GrantWanted(member, site, from, to, lines, hours), known, number);
        return asked is null ? Refuse(StatusCodes.Status400BadRequest, wrong!) : await DoAsync(grants.AskAsync(asked, GrantEndpoints.ActOf(http), cancellation), http);
    }

    private static Task<IResult> ReviewAsync(string id, [FromForm] string verdict, [FromForm] string? why, HttpContext http, GrantBook grants, CancellationToken cancellation) => why is { Length: > LongestWhy }
        ? Task.FromResult(Refuse(StatusCodes.Status400BadRequest, $"What is said to a review has at most {LongestWhy} characters."))
        : DoAsync(grants.ReviewAsync(id, new ReviewAccess(verdict, string.IsNullOrWhiteSpace(why) ? null : why), GrantEndpoints.ActOf(http), cancellation), http);

    // A page as the answer to a form: what was read has no address that could be opened again without another reading.
    private static async Task<IResult> LinesAsync(string id, [FromForm] int? limit, [FromForm] string? after, HttpContext http, LineReading reading, CancellationToken cancellation)
    {
        var answer = await reading.ReadAsync(id, new LinesWanted(limit, after), http, cancellation);
        var session = await DashboardPages.BeginAsync(http);
        return answer.Refusal is { } refusal
            ? Refuse(GrantEndpoints.StatusOf(refusal.Kind), refusal.Words)
            : new RazorComponentResult<LinesView>(new { Session = session, Grant = answer.Grant, Read = answer.Read, Limit = limit });
    }

    private static async Task<IResult> DoAsync(Task<GrantAnswer> doing, HttpContext http)
    {
        var answer = await doing;
        await DashboardPages.BeginAsync(http);
        return answer.Refusal is { } refusal ? Refuse(GrantEndpoints.StatusOf(refusal.Kind), refusal.Words) : Results.Redirect(Path);
    }

    private static IResult Refuse(int status, string words) => new RazorComponentResult<ProblemView>(new { Status = status, Words = words, Back = Path }) { StatusCode = status };
}
