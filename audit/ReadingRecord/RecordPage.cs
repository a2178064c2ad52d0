namespace KpTelemetry.Audit.ReadingRecord;

/// <summary>Which entries of the record are asked for.</summary>
/// <param name="From">First event time, included.</param>
/// <param name="To">Last event time, excluded.</param>
/// <param name="Kind">One of <see cref="Storing.EventKinds"/>, or null for all.</param>
/// <param name="Before">The entry after which the page begins: <see cref="RecordPage.Next"/> of the page before.</param>
/// <param name="Limit">How many at most, 1 to 1,000.</param>
public sealed record RecordQuery(DateTimeOffset From, DateTimeOffset To, string? Kind, long? Before, int Limit);

/// <summary>Entries, the newest event first.</summary>
/// <param name="Events">The entries.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record RecordPage(IReadOnlyList<RecordLine> Events, long? Next)
{
    /// <summary>The page of lines of which one more than <paramref name="limit"/> was read.</summary>
    internal static RecordPage Of(List<RecordLine> lines, int limit) => lines.Count > limit ? new RecordPage(lines[..limit], lines[limit - 1].Index) : new RecordPage(lines, null);
}

/// <summary>
/// One entry as it is shown. A member is a handle only: who it is, is asked for elsewhere, with a purpose and a case.
/// </summary>
public sealed record RecordLine
{
    /// <summary>The kind of an entry whose keys have ended: that something happened then is all that can be told.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Place in the record, from 0, without gaps.</summary>
    public required long Index { get; init; }
    /// <summary>One of <see cref="Storing.EventKinds"/>, or <see cref="Unreadable"/>.</summary>
    public required string Kind { get; init; }
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>When the database stored it, by its own clock.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    /// <summary><c>member</c>, <c>visitor</c>, <c>staff</c> or <c>case</c>; null where the entry is about nobody, or unreadable.</summary>
    public string? Who { get; init; }
    /// <summary>The person's random stream.</summary>
    public required Guid Handle { get; init; }
    /// <summary>The account of a member of staff, in a case of who acted; null for members, and once the key has ended.</summary>
    public string? User { get; init; }
    /// <summary>The account of who acted, where that was staff and the entry is in somebody else's stream.</summary>
    public string? Actor { get; init; }
    public string? Outcome { get; init; }
    public string? Channel { get; init; }
    public string? Origin { get; init; }
    public string? Site { get; init; }
    /// <summary>Why a session or a grant ended.</summary>
    public string? Cause { get; init; }
    /// <summary>What was read.</summary>
    public string? Resource { get; init; }
    public string? Role { get; init; }
    public string? Purpose { get; init; }
    public string? Case { get; init; }
    /// <summary>What exactly was asked for.</summary>
    public string? Query { get; init; }
    public string? Correlation { get; init; }
    /// <summary>The revision of the privacy policy that was published.</summary>
    public string? Revision { get; init; }
    /// <summary>The key that has ended.</summary>
    public string? Key { get; init; }
    /// <summary>How many lines a grant is for, or were read with it.</summary>
    public int? Lines { get; init; }
    /// <summary>What a review came to.</summary>
    public string? Verdict { get; init; }
}
