using System.Text.Json;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Recording;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.QueryApi.Policies;

/// <summary>A revision as it is shown.</summary>
/// <param name="Document">The document as it was published.</param>
/// <param name="Changes">What it changes, compared with the one before it.</param>
public sealed record ShownRevision(string Revision, DateOnly NoticeFrom, DateOnly EffectiveFrom, JsonElement Document, IReadOnlyList<PolicyChange> Changes);

/// <summary>The policy.</summary>
/// <param name="InForce">The revision in force.</param>
/// <param name="Coming">Those that are published and take effect later.</param>
/// <param name="Retention">What each living key of telemetry waits for (P16).</param>
public sealed record ShownPolicy(ShownRevision InForce, IReadOnlyList<ShownRevision> Coming, IReadOnlyList<RetainedKey> Retention);

/// <summary>What a revision would do, or did.</summary>
/// <param name="Refusals">Why it cannot be published now, in words; empty where it can.</param>
public sealed record CheckedRevision(string Revision, DateOnly NoticeFrom, DateOnly EffectiveFrom, IReadOnlyList<string> Refusals, IReadOnlyList<PolicyChange> Changes);

/// <summary>The privacy policy by API: what is in force, what a revision would change, publishing it (docs/POLICY.md).</summary>
public static class PolicyEndpoints
{
    private const string Path = "/policy";
    private const string Document = "The body is a revision's JSON document. Every key must be there, and none else.";

    /// <summary>Maps what is read, below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet(Path, ShowAsync).ForRoles([.. Roles.All])
            .WithName("policy").WithSummary("The privacy policy in force, revisions to come, and what each living key of telemetry waits for").Produces<ShownPolicy>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapPost(Path + "/check", CheckAsync).ForRoles(Roles.Privacy)
            .WithName("policy-check").WithSummary("What a revision would change, key by key, and what it would do to what is stored").WithDescription(Document)
            .Accepts<JsonElement>("application/json").Produces<CheckedRevision>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Maps publishing, which is on the record as that and not as a read.</summary>
    public static void MapPublishing(IEndpointRouteBuilder api) =>
        api.MapPost(Path, PublishAsync).ForRoles(Roles.Privacy)
            .WithName("policy-publish").WithSummary("Publishes a revision: it takes effect on its date, and never changes").WithDescription(Document)
            .Accepts<JsonElement>("application/json").Produces<CheckedRevision>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> ShowAsync(PolicyShelf shelf, TimeProvider time, CancellationToken cancellation)
    {
        var book = await shelf.ReadAsync(cancellation);
        var now = time.GetUtcNow();
        var retention = await shelf.RetentionAsync(cancellation);
        return Results.Ok(new ShownPolicy(Shown(book, book.InForce(now)), [.. book.Coming(now).Select(revision => Shown(book, revision))], retention));
    }

    private static async Task<IResult> CheckAsync(HttpContext http, PolicyShelf shelf, TimeProvider time, CancellationToken cancellation)
    {
        var (revision, problem) = await ReadAsync(http, cancellation);
        if (revision is null)
            return problem!;
        http.DescribeRead($"check {revision.Name}");
        var book = await shelf.ReadAsync(cancellation);
        return Results.Ok(Checked(book, revision, [.. book.Refusals(revision, time.GetUtcNow())]));
    }

    private static async Task<IResult> PublishAsync(HttpContext http, PolicyShelf shelf, CancellationToken cancellation)
    {
        var (revision, problem) = await ReadAsync(http, cancellation);
        if (revision is null)
            return problem!;
        var refusals = await shelf.PublishAsync(revision, Account.Of(http.User)!.User, cancellation);
        return refusals.Count > 0
            ? Refuse("The revision cannot be published.", refusals)
            : Results.Ok(Checked(await shelf.ReadAsync(cancellation), revision, []));
    }

    private static ShownRevision Shown(PolicyBook book, PolicyRevision revision)
    {
        using var document = JsonDocument.Parse(revision.Document);
        return new ShownRevision(revision.Name, revision.NoticeFrom, revision.EffectiveFrom, document.RootElement.Clone(), ChangesOf(book, revision));
    }

    private static CheckedRevision Checked(PolicyBook book, PolicyRevision revision, IReadOnlyList<string> refusals) =>
        new(revision.Name, revision.NoticeFrom, revision.EffectiveFrom, refusals, ChangesOf(book, revision));

    private static IReadOnlyList<PolicyChange> ChangesOf(PolicyBook book, PolicyRevision revision) =>
        PolicyChange.Between(book.InForce(revision.EffectiveAt.AddTicks(-1)).Values, revision.Values);

    private static async Task<(PolicyRevision? Revision, IResult? Problem)> ReadAsync(HttpContext http, CancellationToken cancellation)
    {
        using var reader = new StreamReader(http.Request.Body);
        // One more than is read, so that one that is longer is told.
        var buffer = new char[PolicyDocument.MostCharacters + 1];
        var length = await reader.ReadBlockAsync(buffer, cancellation);
        var revision = PolicyDocument.Read(new string(buffer, 0, length), out var problems);
        return (revision, revision is null ? Refuse("The document is no revision of the policy.", problems) : null);
    }

    private static IResult Refuse(string detail, IReadOnlyList<string> problems) =>
        Problem.Result(StatusCodes.Status400BadRequest, $"{detail} {string.Join("; ", problems)}", new Dictionary<string, object?>(StringComparer.Ordinal) { ["problems"] = problems });
}
