namespace KpTelemetry.Audit.ReadingMembers;

/// <summary>Which part of a member's timeline is asked for.</summary>
/// <param name="From">First event time, included.</param>
/// <param name="To">Last event time, excluded.</param>
/// <param name="Before">The entry after which the page begins: <see cref="MemberTimeline.Next"/> of the page before.</param>
/// <param name="Limit">How many at most, 1 to 1,000.</param>
public sealed record TimelineQuery(DateTimeOffset From, DateTimeOffset To, long? Before, int Limit);

/// <summary>What the record holds of a member, the newest event first.</summary>
/// <param name="Events">The entries.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record MemberTimeline(IReadOnlyList<TimelineEntry> Events, long? Next);

/// <summary>A timeline with whose it is.</summary>
/// <param name="Timeline">What is shown.</param>
/// <param name="Member">The member's name, for the record; null where the record holds nothing of them that opens.</param>
/// <param name="Handle">The member's stream.</param>
public sealed record FoundTimeline(MemberTimeline Timeline, string? Member, Guid Handle);

/// <summary>One entry of a member's timeline, opened.</summary>
public sealed record TimelineEntry
{
    /// <summary>Place in the record, from 0.</summary>
    public required long Index { get; init; }
    /// <summary>One of <see cref="Storing.EventKinds"/>, or <c>unreadable</c> once the keys have ended.</summary>
    public required string Kind { get; init; }
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>When the database took it, by its own clock.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    public string? Outcome { get; init; }
    public string? Channel { get; init; }
    /// <summary>Who told: <c>log</c>, <c>portal</c>, <c>query-api</c>.</summary>
    public string? Origin { get; init; }
    public string? Site { get; init; }
    /// <summary>The service used.</summary>
    public string? Service { get; init; }
    /// <summary>Why a session ended.</summary>
    public string? Cause { get; init; }
    /// <summary>Who acted, where it was not the member: another member, or a member of staff who looked.</summary>
    public string? Actor { get; init; }
    /// <summary>For whom it was done.</summary>
    public string? OnBehalfOf { get; init; }
    /// <summary>Of <c>acted-for-another</c>: whose access it was.</summary>
    public string? Member { get; init; }
    /// <summary>Of <c>acted-for-another</c>: what was done, one of <see cref="Storing.EventKinds"/>.</summary>
    public string? Action { get; init; }
    /// <summary>Of <c>acted-for-another</c>: as what this member is named in it, <c>actor</c> or <c>on-behalf-of</c>.</summary>
    public string? As { get; init; }
    /// <summary>Where a member of staff looked: in which role.</summary>
    public string? Role { get; init; }
    /// <summary>Where a member of staff looked: at what.</summary>
    public string? Resource { get; init; }
    public string? Purpose { get; init; }
    public string? Case { get; init; }
    public string? Correlation { get; init; }
    /// <summary>How many of the member's log lines were read under a grant.</summary>
    public int? Lines { get; init; }
    /// <summary>What a portal said holds for the member.</summary>
    public IReadOnlyList<string>? Flags { get; init; }
}
