using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Policies;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>Requests of subjects by API (P11, P13, P15; docs/SUBJECTS.md).</summary>
internal static class RequestEndpoints
{
    private const string Path = "/subjects/requests";
    private const string One = Path + "/{id:guid}";
    private const string Text = "The body is `{\"text\":\"…\"}`, at most 4,096 characters.";
    private const int MostListed = 1000;

    /// <summary>Maps what is read, below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet(Path, ListAsync).ForRoles(Roles.Privacy)
            .WithName("subject-requests").WithSummary("Requests, the first to be due first")
            .WithDescription("`state` is open (default), overdue, closed or all; `kind` one of " + string.Join(", ", RequestKinds.All) + "; `limit` goes to 1,000; `after` is the `next` of the page before. Whose they are is told of one at a time.")
            .Produces<ShownRequests>().ProducesProblem(400).ProducesProblem(503);
        api.MapGet(One, ShowAsync).ForRoles(Roles.Privacy)
            .WithName("subject-request").WithSummary("One request: whose it is, where it stands, what was done").Produces<ShownRequest>().ProducesProblem(404).ProducesProblem(503);
    }

    /// <summary>Maps what is done, which is on the record as that and not as a read.</summary>
    public static void MapCommands(IEndpointRouteBuilder api)
    {
        Command(api.MapPost(Path, FileAsync), "subject-request-file", "Files a request: it is due in thirty days",
            "The body is `{\"kind\":\"erase\",\"subject\":{\"member\":\"…\"},\"by\":\"letter\",\"statement\":\"…\"}`; the subject is a `member`, a `mail` or a `cookie`; `by` is letter, mail, phone, portal or in-person.");
        Command(api.MapPost(One + "/verify", VerifyAsync), "subject-request-verify", "Notes how it was checked who asks", "The body is `{\"method\":\"…\",\"verified\":true}`. Nothing of the subject's is touched before.");
        Command(api.MapPost(One + "/extend", (Guid id, WordsBody? body, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation) =>
            WithTextAsync(body, time, text => requests.ExtendAsync(id, text, http.Acting(), cancellation))), "subject-request-extend", "Gives it thirty more days, once", Text);
        Command(api.MapPost(One + "/refuse", (Guid id, WordsBody? body, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation) =>
            WithTextAsync(body, time, text => requests.RefuseAsync(id, text, http.Acting(), cancellation))), "subject-request-refuse", "Refuses it, and closes it", Text);
        Command(api.MapPost(One + "/fulfil", (Guid id, WordsBody? body, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation) =>
            WithTextAsync(body, time, text => requests.FulfilAsync(id, text, http.Acting(), cancellation))), "subject-request-fulfil", "Closes it as fulfilled, with the entries that prove what was done", Text);
        Command(api.MapPost(One + "/restrict", (Guid id, WordsBody? body, HttpContext http, SubjectRestrictions restrictions, TimeProvider time, CancellationToken cancellation) =>
            WithTextAsync(body, time, text => restrictions.RestrictAsync(id, text, http.Acting(), cancellation))), "subject-request-restrict", "Agrees to a restriction: the door drops the member's telemetry from now on", Text);
        Command(api.MapPost(One + "/lift", (Guid id, WordsBody? body, HttpContext http, SubjectRestrictions restrictions, TimeProvider time, CancellationToken cancellation) =>
            WithTextAsync(body, time, text => restrictions.LiftAsync(id, text, http.Acting(), cancellation))), "subject-request-lift", "Lifts the restriction that was agreed", Text);
        Command(api.MapPost(One + "/erase", EraseAsync), "subject-request-erase", "Erases what can be erased of the subject", "Without a body. A legal hold stops it (409); a second erasure is harmless.");
        Command(api.MapPost(One + "/export", ExportAsync), "subject-request-export", "The person's own record and the accounting of disclosures, as JSON",
            "The body is `{\"recipient\":\"…\",\"after\":0}`: to whom it is handed, and the `next` of the page before. It is on the record, with the digest of the file, before it is answered.").Produces<ExportedData>();
    }

    private static RouteHandlerBuilder Command(RouteHandlerBuilder endpoint, string name, string summary, string description) => endpoint.ForRoles(Roles.Privacy)
        .WithName(name).WithSummary(summary).WithDescription(description)
        .Produces<ShownRequest>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);

    private static async Task<IResult> ListAsync(HttpContext http, string? state, string? kind, Guid? after, int? limit, SubjectRequests requests, TimeProvider time, CancellationToken cancellation)
    {
        if (!Enum.TryParse<Listed>(state ?? nameof(Listed.Open), ignoreCase: true, out var listed) || !Enum.IsDefined(listed))
            return SubjectAnswers.BadRequest("state is open, overdue, closed or all.");
        if (kind is not null && !RequestKinds.All.Contains(kind))
            return SubjectAnswers.BadRequest("There is no such kind: " + string.Join(", ", RequestKinds.All) + ".");
        if (limit is < 1 or > MostListed)
            return SubjectAnswers.BadRequest("limit goes from 1 to 1,000.");
        var most = limit ?? 100;
        var now = time.GetUtcNow();
        var found = await requests.ListAsync(new RequestQuery(listed, kind, after, most + 1), cancellation);
        return Results.Ok(new ShownRequests([.. found.Take(most).Select(request => ShownRequest.Of(request, now))], found.Count > most ? found[most - 1].Id : null));
    }

    private static async Task<IResult> ShowAsync(Guid id, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation)
    {
        http.DescribeRead($"request {id:N}");
        return await requests.FindAsync(id, cancellation) is { } request
            ? Results.Ok(ShownRequest.Of(request, time.GetUtcNow()) with { Subject = request.Subject is { } person ? KnownBy.ValueOf(person) : null })
            : SubjectAnswers.NotFound();
    }

    private static async Task<IResult> FileAsync(FileBody? body, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation)
    {
        if (body?.Kind is not { } kind || !RequestKinds.All.Contains(kind))
            return SubjectAnswers.BadRequest("kind is one of " + string.Join(", ", RequestKinds.All) + ".");
        if (body.Subject?.Read() is not var (knownBy, value))
            return SubjectAnswers.BadRequest("subject has exactly one of member, mail (with an @) and cookie, of 1 to 256 characters.");
        if (!FileBody.Ways.Contains(body.By))
            return SubjectAnswers.BadRequest("by is one of " + string.Join(", ", FileBody.Ways) + ".");
        if (body.Statement is not null && SubjectAnswers.Words(body.Statement) is null)
            return SubjectAnswers.BadRequest("statement has 1 to 4,096 characters, or is left out.");
        var filed = await requests.FileAsync(new RequestFiling(kind, knownBy, value, body.By!, SubjectAnswers.Words(body.Statement)), http.Acting(), cancellation);
        return Results.Ok(ShownRequest.Of(filed, time.GetUtcNow()));
    }

    private static async Task<IResult> VerifyAsync(Guid id, VerifyBody? body, HttpContext http, SubjectRequests requests, TimeProvider time, CancellationToken cancellation) =>
        SubjectAnswers.Words(body?.Method) is { } method && body!.Verified is { } verified
            ? SubjectAnswers.Answer(await requests.VerifyAsync(id, method, verified, http.Acting(), cancellation), time)
            : SubjectAnswers.BadRequest("method says how it was checked who asks; verified is true or false.");

    private static async Task<IResult> EraseAsync(Guid id, HttpContext http, SubjectErasure erasure, PolicyShelf policies, TimeProvider time, CancellationToken cancellation)
    {
        var answer = ErasureAnswer.Of((await policies.InForceAsync(cancellation)).Values, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        var outcome = await erasure.EraseAsync(id, answer, http.Acting(), cancellation);
        return outcome is { Request: { } request, Refusal: null }
            ? Results.Ok(new ErasedRequest(ShownRequest.Of(request, time.GetUtcNow()), answer))
            : SubjectAnswers.Answer(outcome, time);
    }

    private static async Task<IResult> ExportAsync(Guid id, ExportBody? body, HttpContext http, SubjectExports exports, TimeProvider time, CancellationToken cancellation)
    {
        if (SubjectAnswers.Words(body?.Recipient) is not { } recipient)
            return SubjectAnswers.BadRequest("recipient says to whom the export is handed.");
        var (outcome, json) = await exports.ExportAsync(id, recipient, body!.After ?? -1, http.Acting(), cancellation);
        return json is not null ? Results.Bytes(json, "application/json") : SubjectAnswers.Answer(outcome, time);
    }

    private static async Task<IResult> WithTextAsync(WordsBody? body, TimeProvider time, Func<string, Task<RequestOutcome>> act) =>
        SubjectAnswers.Words(body?.Text) is { } text ? SubjectAnswers.Answer(await act(text), time) : SubjectAnswers.BadRequest("text has 1 to 4,096 characters.");
}

/// <summary>A request whose subject was erased.</summary>
/// <param name="Answer">What was destroyed, and what goes on until when: as the subject is answered.</param>
public sealed record ErasedRequest(ShownRequest Request, IReadOnlyList<string> Answer);
