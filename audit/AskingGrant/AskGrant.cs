using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.AskingGrant;

/// <summary>Asks for a grant to read identified log lines.</summary>
/// <param name="Purpose">A purpose-of-use code; <see cref="BreakGlass"/> gives the grant at once.</param>
/// <param name="Case">The number of the case that it belongs to.</param>
/// <param name="Scope">Which lines.</param>
/// <param name="Lines">How many, 1 to <see cref="GrantLimits.MostLines"/>.</param>
/// <param name="Hours">For how long, 1 to <see cref="GrantLimits.MostHours"/>.</param>
public sealed record AskGrant(string Purpose, string Case, GrantScope Scope, int Lines = GrantLimits.StandardLines, int Hours = GrantLimits.StandardHours)
{
    private const int FirstYear = 2000;

    /// <summary>The purpose that waits for nobody.</summary>
    public const string BreakGlass = "break-glass";

    internal Decision Decide(Act act, DateTimeOffset now)
    {
        if (WhatIsWrong() is { } words)
            return Decision.Refuse(RefusalKind.Unusable, words);
        var asked = new GrantAsked
        {
            At = now, Outcome = Outcomes.Success, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = Purpose, Case = Case,
            Site = Scope.Site, From = Scope.From, To = Scope.To, Lines = Lines, Hours = Hours,
        };
        if (Purpose != BreakGlass)
            return Decision.To(asked);
        // Nobody else decides, so the one limit that another person would hold is held here.
        if (Grant.IsSame(act.User, Scope.Member))
            return Decision.Refuse(RefusalKind.Forbidden, "Nobody breaks the glass for their own record: ask for a grant with another purpose.");
        return Decision.To(asked, new BreakGlassUsed
        {
            At = now, Outcome = Outcomes.Success, Channel = act.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = Purpose, Case = Case,
            Ends = now.AddHours(Hours), ReviewBy = now + GrantLimits.ReviewedWithin,
        });
    }

    private string? WhatIsWrong() => this switch
    {
        { Scope: { Member: null, Site: null } } => "A grant is for a member, a site, or both: name one.",
        { Scope.From.Year: < FirstYear } => $"from is a time of {FirstYear} or later.",
        { Scope: var scope } when scope.From >= scope.To => "from is a time before to.",
        { Scope: var scope } when scope.To - scope.From > GrantScope.Longest => $"from and to are at most {GrantScope.Longest.Days} days apart.",
        { Lines: < 1 or > GrantLimits.MostLines } => $"lines goes from 1 to {GrantLimits.MostLines}.",
        { Hours: < 1 or > GrantLimits.MostHours } => $"hours goes from 1 to {GrantLimits.MostHours}.",
        _ => null,
    };
}
