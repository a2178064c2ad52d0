using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.EndingGrant;

/// <summary>Ends a grant: by hand, or because its time is over.</summary>
internal static class EndGrant
{
    /// <summary>The role that ends grants of others.</summary>
    private const string Privacy = "privacy";

    public static Decision ByHand(Grant grant, Act act, DateTimeOffset now)
    {
        if (act.Role != Privacy && !Grant.IsSame(act.User, grant.Asker))
            return Decision.Refuse(RefusalKind.Forbidden, "A grant is ended by who asked for it, or by privacy.");
        return grant.State is GrantState.Asked or GrantState.Given
            ? Decision.To(Ended(grant, act, now, GrantEnded.ByHand))
            : Decision.Refuse(RefusalKind.Conflict, "The grant was refused, or has ended already.");
    }

    /// <summary>Ends it where its time is over; else nothing.</summary>
    public static Decision WhenDue(Grant grant, DateTimeOffset now) =>
        grant.DueToEnd(now) is { } cause ? Decision.To(Ended(grant, act: null, now, cause)) : Decision.To();

    public static GrantEnded Ended(Grant grant, Act? act, DateTimeOffset now, string cause) => new()
    {
        At = now, Outcome = Outcomes.Success, Channel = act?.Channel ?? "api", Origin = "query-api", Correlation = act?.Correlation, Purpose = grant.Purpose, Case = grant.Case, Cause = cause,
    };
}
