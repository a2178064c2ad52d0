using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>The accounting of disclosures by API (P13; docs/SUBJECTS.md). What a person is told of it is a request's export.</summary>
internal static class DisclosureEndpoints
{
    private const string Path = "/subjects/disclosures";
    private const int MostMembers = 1000;
    private const int LongestMember = 256;

    /// <summary>The entry of the first member concerned, and how many there are.</summary>
    public sealed record Recorded(long Entry, int Members);

    /// <summary>Maps what is done, which is on the record as that and not as a read.</summary>
    public static void MapCommands(IEndpointRouteBuilder api)
    {
        api.MapPost(Path, RecordAsync).ForRoles(Roles.Privacy)
            .WithName("disclosure-record").WithSummary("Records a disclosure for every member concerned")
            .WithDescription("The body is `{\"members\":[\"…\"],\"on\":\"2026-01-31\",\"recipient\":\"…\",\"what\":\"…\",\"why\":\"…\"}`, at most 1,000 members; `on` defaults to today.")
            .Produces<Recorded>().ProducesProblem(400).ProducesProblem(503);
        api.MapPost(Path + "/suspensions", SuspendAsync).ForRoles(Roles.Privacy)
            .WithName("disclosure-suspend").WithSummary("Leaves a member's disclosures to a recipient out of the accounting until a day, where law enforcement asks in writing")
            .WithDescription("The body is `{\"member\":\"…\",\"recipient\":\"…\",\"until\":\"2026-12-31\",\"statement\":\"…\"}`; `recipient` as the disclosures name it.")
            .Produces<Recorded>().ProducesProblem(400).ProducesProblem(503);
    }

    private static async Task<IResult> RecordAsync(DisclosureBody? body, HttpContext http, Disclosures disclosures, TimeProvider time, CancellationToken cancellation)
    {
        if (body?.Members is not { Count: > 0 and <= MostMembers } members || !members.All(IsMember))
            return SubjectAnswers.BadRequest("members has 1 to 1,000 members of 1 to 256 characters.");
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (body.On > today)
            return SubjectAnswers.BadRequest("on does not lie in the future.");
        if ((SubjectAnswers.Words(body.Recipient), SubjectAnswers.Words(body.What), SubjectAnswers.Words(body.Why)) is not ({ } recipient, { } what, { } why))
            return SubjectAnswers.BadRequest("recipient, what and why have 1 to 4,096 characters each.");
        string[] each = [.. members.Select(member => member.Trim()).Distinct(StringComparer.Ordinal)];
        return Results.Ok(new Recorded(await disclosures.RecordAsync(new Disclosure(each, body.On ?? today, recipient, what, why), http.Acting(), cancellation), each.Length));
    }

    private static async Task<IResult> SuspendAsync(SuspensionBody? body, HttpContext http, Disclosures disclosures, TimeProvider time, CancellationToken cancellation)
    {
        if (!IsMember(body?.Member))
            return SubjectAnswers.BadRequest("member has 1 to 256 characters.");
        if (body!.Until is not { } until || until <= DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime))
            return SubjectAnswers.BadRequest("until is a day to come: the written statement names one.");
        return (SubjectAnswers.Words(body.Recipient), SubjectAnswers.Words(body.Statement)) is ({ } recipient, { } statement)
            ? Results.Ok(new Recorded(await disclosures.SuspendAsync(body.Member!.Trim(), recipient, until, statement, http.Acting(), cancellation), 1))
            : SubjectAnswers.BadRequest("recipient and statement have 1 to 4,096 characters each.");
    }

    private static bool IsMember(string? member) => !string.IsNullOrWhiteSpace(member) && member.Length <= LongestMember;
}
