namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>Which failed sign-ons are asked for.</summary>
/// <param name="From">First hour of events, included.</param>
/// <param name="To">Last hour, excluded.</param>
/// <param name="Limit">How many accounts and how many members at most, 1 to 1,000.</param>
public sealed record FailureQuery(DateTimeOffset From, DateTimeOffset To, int Limit);

/// <summary>Sign-ons that failed, by hour.</summary>
/// <param name="AsOf">How far it goes.</param>
/// <param name="Days">By day (UTC); days without any are left out.</param>
/// <param name="Staff">Accounts of the dashboards, those with the most failures first.</param>
/// <param name="Members">Members at the portals, those with the most failures first.</param>
public sealed record SignOnFailures(ProjectedAsOf AsOf, IReadOnlyList<FailuresOfDay> Days, IReadOnlyList<FailuresOfOne> Staff, IReadOnlyList<FailuresOfOne> Members);

/// <summary>How many sign-ons failed on a day.</summary>
public sealed record FailuresOfDay(DateOnly Day, long Staff, long Members);

/// <summary>Whose sign-ons failed.</summary>
public sealed record FailuresOfOne
{
    /// <summary>The random stream, as entries of the record have it.</summary>
    public required Guid Handle { get; init; }

    /// <summary>What <c>audit/members/{handle}/access</c> takes of a member, with purpose and case, and <c>audit/activity/{handle}</c> of staff; holds for the account that asked.</summary>
    public required string Access { get; init; }

    /// <summary>The account of a member of staff; null of members, and once its keys have ended.</summary>
    public string? User { get; init; }

    /// <summary>How many failed.</summary>
    public required long Failures { get; init; }

    /// <summary>In how many hours.</summary>
    public required long Hours { get; init; }

    /// <summary>The hour with the most.</summary>
    public required DateTimeOffset Worst { get; init; }

    /// <summary>How many failed in that hour.</summary>
    public required long InWorst { get; init; }
}
