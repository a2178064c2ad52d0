using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Dashboards;
using KpTelemetry.QueryApi.SigningIn;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>Requests of subjects as a page: open and overdue ones, filing, and what needs words only.</summary>
public sealed class RequestPages(SubjectRequests requests, TimeProvider time)
{
    internal const string Verify = "verify", Extend = "extend", Refuse = "refuse", Fulfil = "fulfil";

    private const string Path = "/requests";
    private const int MostListed = 200;

    /// <summary>Maps the page below a group of sessions that records reads.</summary>
    public static void Map(IEndpointRouteBuilder pages) =>
        pages.MapGet(Path, (HttpContext http, RequestPages all, string? state, CancellationToken cancellation) => all.ShowAsync(http, state, cancellation)).ForRoles(Roles.Privacy);

    /// <summary>Maps its forms, which are on the record as what they do and not as reads.</summary>
    public static void MapForms(IEndpointRouteBuilder pages)
    {
        pages.MapPost(Path, (HttpContext http, RequestPages all, [FromForm] string? kind, [FromForm] string? knownBy, [FromForm] string? subject, [FromForm] string? by, CancellationToken cancellation) =>
            all.FileAsync(http, new FileBody(kind, SubjectOf(knownBy, subject), by, null), cancellation)).ForRoles(Roles.Privacy);
        pages.MapPost(Path + "/{id:guid}", (HttpContext http, RequestPages all, Guid id, [FromForm] string? act, [FromForm] string? text, CancellationToken cancellation) =>
            all.ActAsync(http, id, act, text, cancellation)).ForRoles(Roles.Privacy);
    }

    private static SubjectBody SubjectOf(string? knownBy, string? subject) => knownBy switch
    {
        KnownBy.Member => new(subject, null, null),
        KnownBy.Mail => new(null, subject, null),
        _ => new(null, null, subject),
    };

    private async Task<IResult> FileAsync(HttpContext http, FileBody body, CancellationToken cancellation)
    {
        if (body.Kind is not { } kind || !RequestKinds.All.Contains(kind) || !FileBody.Ways.Contains(body.By) || body.Subject?.Read() is not var (knownBy, value))
            return ProblemOf(StatusCodes.Status400BadRequest, "Nothing was filed: a subject has 1 to 256 characters, a mail address an @.");
        await requests.FileAsync(new RequestFiling(kind, knownBy, value, body.By!, null), http.Acting(), cancellation);
        return Results.Redirect(Path);
    }

    private async Task<IResult> ActAsync(HttpContext http, Guid id, string? act, string? given, CancellationToken cancellation)
    {
        if (SubjectAnswers.Words(given) is not { } text)
            return ProblemOf(StatusCodes.Status400BadRequest, "Nothing was done: say it in words.");
        var acting = http.Acting();
        var outcome = act switch
        {
            Verify => await requests.VerifyAsync(id, text, succeeded: true, acting, cancellation),
            Extend => await requests.ExtendAsync(id, text, acting, cancellation),
            Refuse => await requests.RefuseAsync(id, text, acting, cancellation),
            Fulfil => await requests.FulfilAsync(id, text, acting, cancellation),
            _ => new RequestOutcome(null, null),
        };
        return outcome switch
        {
            { Request: null } => ProblemOf(StatusCodes.Status404NotFound, "Nothing was done: there is no such request."),
            { Refusal: { } why } => ProblemOf(StatusCodes.Status409Conflict, $"Nothing was done: {why}."),
            _ => Results.Redirect(Path),
        };
    }

    // Without the list, which would be a look of its own.
    private static IResult ProblemOf(int status, string words) => new RazorComponentResult<ProblemView>(new { Status = status, Words = words, Back = Path }) { StatusCode = status };

    private async Task<IResult> ShowAsync(HttpContext http, string? state, CancellationToken cancellation)
    {
        var session = await DashboardPages.BeginAsync(http);
        var listed = Enum.TryParse<Listed>(state, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : Listed.Open;
        var now = time.GetUtcNow();
        var found = await requests.ListAsync(new RequestQuery(listed, null, null, MostListed), cancellation);
        return new RazorComponentResult<RequestsView>(new { Session = session, Listed = listed, Today = DateOnly.FromDateTime(now.UtcDateTime), Requests = (IReadOnlyList<ShownRequest>)[.. found.Select(request => ShownRequest.Of(request, now))] });
    }
}
