using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>Legal holds by API (P16; docs/SUBJECTS.md).</summary>
internal static class HoldEndpoints
{
    private const string Path = "/holds";
    private const int MostListed = 1000;

    /// <summary>A page of holds, the newest first.</summary>
    public sealed record ShownHolds(IReadOnlyList<ShownHold> Holds);

    /// <summary>Maps what is read, below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet(Path, async (bool? all, LegalHolds holds, CancellationToken cancellation) => Results.Ok(new ShownHolds([.. (await holds.ListAsync(all ?? false, MostListed, cancellation)).Select(ShownHold.Of)])))
            .ForRoles(Roles.Privacy)
            .WithName("holds").WithSummary("Legal holds in force; with `all`, also those that were lifted").Produces<ShownHolds>().ProducesProblem(503);

    /// <summary>Maps what is done, which is on the record as that and not as a read.</summary>
    public static void MapCommands(IEndpointRouteBuilder api)
    {
        api.MapPost(Path, PlaceAsync).ForRoles(Roles.Privacy)
            .WithName("hold-place").WithSummary("Places a legal hold: what it covers does not end and is not erased")
            .WithDescription(
                "The body is `{\"covers\":\"all\",\"from\":\"2026-01-01\",\"to\":\"2026-03-31\",\"ground\":\"litigation\",\"reason\":\"…\",\"subject\":{\"member\":\"…\"}}`. " +
                "`covers` is all, telemetry or record; with a subject it is record. Days may be left out. What had ended before stays ended.")
            .Produces<ShownHold>().ProducesProblem(400).ProducesProblem(503);
        api.MapPost(Path + "/{id:guid}/lift", LiftAsync).ForRoles(Roles.Privacy)
            .WithName("hold-lift").WithSummary("Lifts a legal hold").WithDescription("The body is `{\"text\":\"…\"}`: why.")
            .Produces<ShownHold>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<IResult> PlaceAsync(HoldBody? body, HttpContext http, LegalHolds holds, CancellationToken cancellation)
    {
        var subject = body?.Subject?.Read();
        if (body is null || (body.Subject is not null && subject is null))
            return SubjectAnswers.BadRequest("subject has exactly one of member, mail and cookie, or is left out.");
        var covers = body.Covers ?? (subject is null ? HoldScope.All : HoldScope.Record);
        if (!HoldScope.Covered.Contains(covers) || (subject is not null && covers != HoldScope.Record))
            return SubjectAnswers.BadRequest("covers is all, telemetry or record; with a subject it is record.");
        if (!HoldScope.Grounds.Contains(body.Ground))
            return SubjectAnswers.BadRequest("ground is one of " + string.Join(", ", HoldScope.Grounds) + ".");
        if (SubjectAnswers.Words(body.Reason) is not { } reason || body.To < body.From)
            return SubjectAnswers.BadRequest("reason has 1 to 4,096 characters, and to does not lie before from.");
        return Results.Ok(ShownHold.Of(await holds.PlaceAsync(new HoldScope(covers, body.From, body.To, body.Ground!, reason, subject), http.Acting(), cancellation)));
    }

    private static async Task<IResult> LiftAsync(Guid id, WordsBody? body, HttpContext http, LegalHolds holds, CancellationToken cancellation)
    {
        if (SubjectAnswers.Words(body?.Text) is not { } reason)
            return SubjectAnswers.BadRequest("text says why, in 1 to 4,096 characters.");
        return await holds.LiftAsync(id, reason, http.Acting(), cancellation) is { } lifted ? Results.Ok(ShownHold.Of(lifted)) : SubjectAnswers.NotFound();
    }
}
