namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>How far the projection had come that an answer is from. Whatever is newer is in the next one.</summary>
/// <param name="At">When the newest entry that is in it was recorded; null where none is.</param>
/// <param name="Entries">How many entries are in it.</param>
/// <param name="Behind">How many the record has beyond them.</param>
public sealed record ProjectedAsOf(DateTimeOffset? At, long Entries, long Behind);

/// <summary>What of the staff's activity is asked for.</summary>
/// <param name="From">First day of events (UTC), included.</param>
/// <param name="To">Last day, excluded.</param>
/// <param name="Before"><see cref="StaffActivity.Next"/> of the page before.</param>
/// <param name="Limit">How many members of staff at most, 1 to 1,000.</param>
public sealed record ActivityQuery(DateOnly From, DateOnly To, long? Before, int Limit);

/// <summary>What the staff did.</summary>
/// <param name="AsOf">How far it goes.</param>
/// <param name="Days">All staff together by day; days without anything are left out.</param>
/// <param name="Staff">Who did something, the newest act first.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record StaffActivity(ProjectedAsOf AsOf, IReadOnlyList<ActivityOfDay> Days, IReadOnlyList<ActivityOfStaff> Staff, long? Next);

/// <summary>How often what was done.</summary>
/// <param name="SignOns">Signed on to the dashboards.</param>
/// <param name="FailedSignOns">Failed to.</param>
/// <param name="Queries">Reads that were answered, files apart.</param>
/// <param name="Exports">Files given out: of the record, and of what it holds of a person.</param>
/// <param name="GrantsUsed">Readings of identified lines.</param>
/// <param name="Refused">What their role may not have, asked for.</param>
/// <param name="Other">Whatever else is on the record.</param>
public sealed record ActivityCounts(long SignOns, long FailedSignOns, long Queries, long Exports, long GrantsUsed, long Refused, long Other);

/// <summary>What all staff did on a day.</summary>
public sealed record ActivityOfDay(DateOnly Day, ActivityCounts Counts);

/// <summary>What a member of staff did.</summary>
public sealed record ActivityOfStaff
{
    /// <summary>The random stream, as entries of the record have it.</summary>
    public required Guid Handle { get; init; }

    /// <summary>What <c>audit/activity/{handle}</c> takes; holds for the account that asked.</summary>
    public required string Access { get; init; }

    /// <summary>The account; null once its keys have ended.</summary>
    public string? User { get; init; }

    /// <summary>What they did.</summary>
    public required ActivityCounts Counts { get; init; }

    /// <summary>At how many members they looked, each counted once.</summary>
    public required long MembersLookedAt { get; init; }

    /// <summary>When they did what they did last.</summary>
    public DateTimeOffset? Last { get; init; }
}
