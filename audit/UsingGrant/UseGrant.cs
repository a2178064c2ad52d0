using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.UsingGrant;

/// <summary>Reads lines under a grant.</summary>
internal static class UseGrant
{
    /// <summary>Why that person cannot read now; null where they can.</summary>
    public static Refusal? WhyNot(Grant grant, Act act, DateTimeOffset now) => grant switch
    {
        _ when !Grant.IsSame(act.User, grant.Asker) => new Refusal(RefusalKind.Forbidden, "Only who asked for a grant reads with it: ask for one of your own."),
        { State: GrantState.Asked } => new Refusal(RefusalKind.Forbidden, "The grant has not been given: somebody of privacy must give it first."),
        { State: GrantState.Refused } => new Refusal(RefusalKind.Forbidden, "The grant was refused."),
        { State: GrantState.Ended } => new Refusal(RefusalKind.Over, "The grant is over: ask for another."),
        _ when grant.DueToEnd(now) is not null || grant.LinesLeft <= 0 => new Refusal(RefusalKind.Over, "The grant is over: ask for another."),
        _ => null,
    };

    /// <summary>Counts a reading of so many lines. Decided when they have been found, and before anybody sees them.</summary>
    public static Decision Decide(Grant grant, Act act, DateTimeOffset now, int lines)
    {
        if (WhyNot(grant, act, now) is { } refusal)
            return new Decision([], refusal);
        if (lines > grant.LinesLeft)
            return Decision.Refuse(RefusalKind.Conflict, "Another reading took lines of this grant at the same moment: read again.");
        var used = new GrantUsed { At = now, Outcome = Outcomes.Success, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = grant.Purpose, Case = grant.Case, Lines = lines };
        return lines == grant.LinesLeft || grant.Uses + 1 >= GrantLimits.MostUses ? Decision.To(used, EndGrant.Ended(grant, act, now, GrantEnded.ByUse)) : Decision.To(used);
    }
}
