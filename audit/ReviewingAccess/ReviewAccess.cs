using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ReviewingAccess;

/// <summary>Reviews a use of break-glass.</summary>
/// <param name="Verdict">One of <see cref="Verdicts"/>.</param>
/// <param name="Why">Why, in words.</param>
public sealed record ReviewAccess(string? Verdict, string? Why)
{
    /// <summary>What a review can come to.</summary>
    public static IReadOnlyList<string> Verdicts { get; } = ["justified", "unjustified"];

    internal Decision Decide(Grant grant, Act act, DateTimeOffset now)
    {
        if (!grant.IsBreakGlass)
            return Decision.Refuse(RefusalKind.Conflict, "Only a use of break-glass is reviewed.");
        if (grant.Concerns(act.User))
            return Decision.Refuse(RefusalKind.Forbidden, "Another person than who broke the glass, or whom it is about, reviews it.");
        if (!grant.AwaitsReview)
            return Decision.Refuse(RefusalKind.Conflict, "It has been reviewed already.");
        if (Verdict is null || !Verdicts.Contains(Verdict, StringComparer.Ordinal))
            return Decision.Refuse(RefusalKind.Unusable, $"verdict is one of {string.Join(", ", Verdicts)}.");
        var reviewed = new AccessReviewed
        {
            At = now, Outcome = Outcomes.Success, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = grant.Purpose, Case = grant.Case, Verdict = Verdict, Why = Why,
        };
        // What is read after its review would be reviewed by nobody.
        return grant.State == GrantState.Given ? Decision.To(EndGrant.Ended(grant, act, now, GrantEnded.ByReview), reviewed) : Decision.To(reviewed);
    }
}
