using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Auditing;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Granting;

/// <summary>What a grant is asked for.</summary>
public sealed record GrantWanted(string? Member, string? Site, string? From, string? To, int? Lines, int? Hours);

/// <summary>Why a grant is refused.</summary>
public sealed record RefusalGiven(string? Why);

/// <summary>Grants by API, and the cases that they are.</summary>
public static class GrantEndpoints
{
    private const string Path = "/audit/grants";
    private const int StandardLimit = 50;
    private const int MostLimit = 200;
    private const int LongestWhy = 500;
    private const int LongestName = 256;
    private const string NoSuch = "There is no such grant: GET /api/v1/audit/grants lists those that there are.";

    /// <summary>Maps what is read, below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet(Path, ListAsync).ForRoles(Roles.Security, Roles.Privacy)
            .WithName("grants").WithSummary("Grants to read identified log lines, those asked for last first").WithDescription("`limit` goes to 200.")
            .Produces<IReadOnlyList<ShownGrant>>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapGet(Path + "/{id}", ShowAsync).ForRoles(Roles.Security, Roles.Privacy)
            .WithName("grant").WithSummary("One grant").Produces<ShownGrant>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapGet("/cases", CasesAsync).ForRoles(Roles.Security, Roles.Privacy)
            .WithName("cases").WithSummary("Open cases, the oldest first: grants that wait or can be read with, and uses of break-glass, also looks at members' records, that wait for their review")
            .WithDescription("`isOverdue` marks reviews that are late: they stay open until another person has closed them.")
            .Produces<IReadOnlyList<ShownGrant>>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Maps what is done, which is on the record as that and not as a read.</summary>
    public static void MapCommands(IEndpointRouteBuilder api)
    {
        Describe(api.MapPost(Path, AskAsync).ForRoles(Roles.Security).AddEndpointFilter<RequirePurpose>(), "grant-ask", "Asks for a grant to read identified log lines")
            .WithDescription(
                $"{RequirePurpose.Description} The body says which lines: `member`, `site` or both, and `from` (included) and `to` (excluded), at most {GrantScope.Longest.Days} days apart; `lines` (standard {GrantLimits.StandardLines}, at most {GrantLimits.MostLines}) and " +
                $"`hours` from when it is given (standard {GrantLimits.StandardHours}, at most {GrantLimits.MostHours}). Somebody of privacy gives it. With the purpose `break-glass` it is given at once, and is an open case until another person has reviewed it, within {GrantLimits.ReviewedWithin.TotalHours} hours.")
            .Accepts<GrantWanted>("application/json");
        Describe(api.MapPost(Path + "/{id}/give", GiveAsync).ForRoles(Roles.Privacy), "grant-give", "Gives a grant; never by who asked for it, or whom it is about");
        Describe(api.MapPost(Path + "/{id}/refuse", RefuseAsync).ForRoles(Roles.Privacy), "grant-refuse", "Refuses a grant; never by who asked for it, or whom it is about")
            .WithDescription("The body may say why: `{\"why\":\"...\"}`.").Accepts<RefusalGiven>("application/json");
        Describe(api.MapPost(Path + "/{id}/end", EndAsync).ForRoles(Roles.Security, Roles.Privacy), "grant-end", "Ends a grant: by privacy, or by who asked for it");
        Describe(api.MapPost("/cases/{id}/review", ReviewAsync).ForRoles(Roles.Privacy), "case-review", "Reviews a use of break-glass and closes its case; never by who broke it")
            .WithDescription($"The body holds the `verdict` ({string.Join(" or ", ReviewAccess.Verdicts)}) and `why` in words. A grant that is still given ends with it.").Accepts<ReviewAccess>("application/json");
    }

    /// <summary>Who does what a request asks for.</summary>
    public static Act ActOf(HttpContext http)
    {
        var read = RecordReads.Read(http, allowed: true);
        return new Act(read.User, read.Role, read.Channel, read.Correlation);
    }

    /// <summary>A refusal as an answer.</summary>
    public static IResult Answer(Refusal refusal) => Problem.Result(StatusOf(refusal.Kind), refusal.Words);

    /// <summary>The status that a refusal is answered with.</summary>
    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Over => StatusCodes.Status410Gone,
        RefusalKind.Unknown => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>What a grant is asked for, or what is wrong with it in words.</summary>
    public static (AskGrant? Asked, string? Wrong) Read(GrantWanted wanted, string purpose, string number)
    {
        var (member, site) = (Named(wanted.Member), Named(wanted.Site));
        if (member is { Length: > LongestName } || site is { Length: > LongestName })
            return (null, $"member and site have at most {LongestName} characters.");
        if (string.IsNullOrEmpty(wanted.From) || string.IsNullOrEmpty(wanted.To) || GivenTime.Parse(wanted.From, default) is not { } from || GivenTime.Parse(wanted.To, default) is not { } to)
            return (null, GivenTime.Wrong);
        return (new AskGrant(purpose, number, new GrantScope(member, site, from, to), wanted.Lines ?? GrantLimits.StandardLines, wanted.Hours ?? GrantLimits.StandardHours), null);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, string name, string summary) => endpoint.WithName(name).WithSummary(summary).Produces<ShownGrant>()
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static string? Named(string? name) => string.IsNullOrWhiteSpace(name) ? null : name.Trim();

    private static async Task<IResult> ListAsync(int? limit, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) => limit is < 1 or > MostLimit
        ? Problem.Result(StatusCodes.Status400BadRequest, $"limit goes from 1 to {MostLimit}.")
        : Results.Ok(Shown(await grants.NewestAsync(limit ?? StandardLimit, cancellation), http, time));

    private static async Task<IResult> CasesAsync(HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) =>
        Results.Ok(Shown(await grants.OpenAsync(cancellation), http, time));

    private static async Task<IResult> ShowAsync(string id, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation)
    {
        http.DescribeRead($"grant {id}");
        return await grants.FindAsync(id, cancellation) is { } grant
            ? Results.Ok(ShownGrant.Of(grant, Account.Of(http.User)!, time.GetUtcNow()))
            : Problem.Result(StatusCodes.Status404NotFound, NoSuch);
    }

    private static async Task<IResult> AskAsync(GrantWanted wanted, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation)
    {
        var (asked, wrong) = Read(wanted, PurposeOfUse.Of(http)!, CaseNumber.Of(http)!);
        return asked is null ? Problem.Result(StatusCodes.Status400BadRequest, wrong!) : Answer(await grants.AskAsync(asked, ActOf(http), cancellation), http, time);
    }

    private static async Task<IResult> GiveAsync(string id, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) =>
        Answer(await grants.GiveAsync(id, ActOf(http), cancellation), http, time);

    private static async Task<IResult> RefuseAsync(string id, RefusalGiven? given, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) => given?.Why is { Length: > LongestWhy }
        ? Problem.Result(StatusCodes.Status400BadRequest, $"why has at most {LongestWhy} characters.")
        : Answer(await grants.RefuseAsync(id, given?.Why, ActOf(http), cancellation), http, time);

    private static async Task<IResult> EndAsync(string id, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) =>
        Answer(await grants.EndAsync(id, ActOf(http), cancellation), http, time);

    private static async Task<IResult> ReviewAsync(string id, ReviewAccess review, HttpContext http, GrantBook grants, TimeProvider time, CancellationToken cancellation) => review.Why is { Length: > LongestWhy }
        ? Problem.Result(StatusCodes.Status400BadRequest, $"why has at most {LongestWhy} characters.")
        : Answer(await grants.ReviewAsync(id, review, ActOf(http), cancellation), http, time);

    private static IResult Answer(GrantAnswer answer, HttpContext http, TimeProvider time) => answer.Refusal is { } refusal
        ? Answer(refusal.Kind == RefusalKind.Unknown ? refusal with { Words = NoSuch } : refusal)
        : Results.Ok(ShownGrant.Of(answer.Grant!, Account.Of(http.User)!, time.GetUtcNow()));

    private static List<ShownGrant> Shown(IEnumerable<Grant> grants, HttpContext http, TimeProvider time) =>
        [.. grants.Select(grant => ShownGrant.Of(grant, Account.Of(http.User)!, time.GetUtcNow()))];
}
