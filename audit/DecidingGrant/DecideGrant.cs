using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.DecidingGrant;

/// <summary>Gives a grant, or refuses it.</summary>
internal static class DecideGrant
{
    public static Decision Give(Grant grant, Act act, DateTimeOffset now) => WhyNot(grant, act, now) is { } refusal
        ? new Decision([], refusal)
        : Decision.To(new GrantGiven
        {
            At = now, Outcome = Outcomes.Success, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = grant.Purpose, Case = grant.Case, Ends = now + grant.Lasts,
        });

    public static Decision Refuse(Grant grant, Act act, DateTimeOffset now, string? why) => WhyNot(grant, act, now) is { } refusal
        ? new Decision([], refusal)
        : Decision.To(new GrantRefused
        {
            At = now, Outcome = Outcomes.Refused, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = grant.Purpose, Case = grant.Case, Why = why,
        });

    private static Refusal? WhyNot(Grant grant, Act act, DateTimeOffset now)
    {
        if (grant.Concerns(act.User))
            return new Refusal(RefusalKind.Forbidden, "Another person than who asked, or whom it is about, gives or refuses a grant.");
        if (grant.State != GrantState.Asked)
            return new Refusal(RefusalKind.Conflict, "The grant has been decided already, or has ended.");
        return grant.DueToEnd(now) is null ? null : new Refusal(RefusalKind.Over, "The grant waited for too long: it must be asked for again.");
    }
}
