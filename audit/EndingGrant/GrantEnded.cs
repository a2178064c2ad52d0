using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.EndingGrant;

/// <summary>A grant is over. Nobody acted where time ended it.</summary>
public sealed record GrantEnded : ActOfStaff
{
    public const string ByTime = "time";
    public const string ByUse = "use";
    public const string ByHand = "hand";
    public const string ByReview = "review";

    /// <summary>Nobody decided about it in time.</summary>
    public const string Unanswered = "unanswered";

    /// <summary>Why: one of the constants here.</summary>
    public required string Cause { get; init; }
}
