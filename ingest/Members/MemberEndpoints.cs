using KpTelemetry.Ingest.Answering;
using KpTelemetry.Schemas.Members;

namespace KpTelemetry.Ingest.Members;

/// <summary>
/// <c>POST /v1/members/flags</c>: what a portal says of its members, each statement in place of the one before; no flags
/// take them back. Answered when it is in force here.
/// </summary>
internal static class MemberEndpoints
{
    private const int MostStatements = 10_000;
    private const int LongestMember = 256;

    private sealed record Statement(string? Member, string[]? Flags);

    public static void MapMembers(this IEndpointRouteBuilder routes) => routes.MapPost("/v1/members/flags", TakeAsync);

    private static async Task<IResult> TakeAsync(Statement?[] body, MemberRegister register, CancellationToken cancellation)
    {
        if (body.Length > MostStatements)
            return Problem.BadRequest("too-many", $"A request has at most {MostStatements} members", "send them in several");
        var statements = new List<MemberStatement>(body.Length);
        foreach (var told in body)
        {
            // With blanks around it the name is nobody's that is looked up.
            if (told is not { Member: { Length: > 0 and <= LongestMember } member, Flags: { } names } || member.Trim().Length < member.Length)
                return Problem.BadRequest("bad-member", "Each entry has a member of 1 to 256 characters without blanks around them, and flags", "nothing was taken");
            if (MemberFlagNames.Read(names) is not { } flags)
                return Problem.BadRequest("unknown-flag", "A flag is not one that is known", $"flags: {string.Join(", ", MemberFlagNames.All)}");
            statements.Add(new MemberStatement(member, flags));
        }

        return await register.TryTakeAsync(statements, cancellation)
            ? Results.Ok(new { taken = statements.Count })
            : new Problem(StatusCodes.Status507InsufficientStorage, "register-full", "The register of members' flags is full", "take back flags that no longer hold");
    }
}
