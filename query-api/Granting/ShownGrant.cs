using KpTelemetry.Audit.Grants;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Granting;

/// <summary>A grant, or a look at a member's record that waits for its review, as it is shown.</summary>
public sealed record ShownGrant
{
    public required string Id { get; init; }
    /// <summary><c>asked</c>, <c>given</c>, <c>refused</c>, <c>ended</c>; <c>looked</c> where no grant was asked for and the glass was broken to look at a member's record.</summary>
    public required string State { get; init; }
    public required string Asker { get; init; }
    public required string Purpose { get; init; }
    public required string Case { get; init; }
    /// <summary>Whether it is for one member's lines, or about one member's record.</summary>
    public required bool OfMember { get; init; }
    /// <summary>The member; shown to who asked and to privacy, which decides.</summary>
    public string? Member { get; init; }
    public string? Site { get; init; }
    /// <summary>First event time; of looks, the time of the first.</summary>
    public required DateTimeOffset From { get; init; }
    /// <summary>Last event time, excluded; of looks, the time of the last.</summary>
    public required DateTimeOffset To { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required int Lines { get; init; }
    public required int LinesRead { get; init; }
    /// <summary>How often it was read with, or looked.</summary>
    public required int Uses { get; init; }
    public required int Hours { get; init; }
    /// <summary>Who gave or refused it.</summary>
    public string? Decider { get; init; }
    public DateTimeOffset? Ends { get; init; }
    /// <summary>Why it ended: <c>time</c>, <c>use</c>, <c>hand</c>, <c>review</c>, <c>unanswered</c>.</summary>
    public string? EndedBy { get; init; }
    public required bool IsBreakGlass { get; init; }
    /// <summary>Whether its use waits for a review by another person.</summary>
    public required bool AwaitsReview { get; init; }
    public DateTimeOffset? ReviewBy { get; init; }
    public required bool IsOverdue { get; init; }
    public string? Reviewer { get; init; }
    public string? Verdict { get; init; }
    /// <summary>What was said to a refusal or a review.</summary>
    public string? Why { get; init; }

    /// <summary>A grant as <paramref name="reader"/> may see it.</summary>
    public static ShownGrant Of(Grant grant, Account reader, DateTimeOffset now) => new()
    {
        Id = grant.Id,
        State = grant.StateAt(now).ToString().ToLowerInvariant(),
        Asker = grant.Asker,
        Purpose = grant.Purpose,
        Case = grant.Case,
        OfMember = grant.Scope.Member is not null || grant.State == GrantState.Looked,
        Member = reader.Role == Roles.Privacy || reader.User == grant.Asker ? grant.Scope.Member : null,
        Site = grant.Scope.Site,
        From = grant.Scope.From,
        To = grant.Scope.To,
        AskedAt = grant.AskedAt,
        Lines = grant.Lines,
        LinesRead = grant.LinesRead,
        Uses = grant.Uses,
        Hours = (int)grant.Lasts.TotalHours,
        Decider = grant.Decider,
        Ends = grant.Ends,
        EndedBy = grant.EndedBy,
        IsBreakGlass = grant.IsBreakGlass,
        AwaitsReview = grant.AwaitsReview,
        ReviewBy = grant.ReviewBy,
        IsOverdue = grant.IsOverdue(now),
        Reviewer = grant.Reviewer,
        Verdict = grant.Verdict,
        Why = grant.Why,
    };
}
