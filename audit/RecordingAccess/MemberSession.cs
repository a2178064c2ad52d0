using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>Whose session it is, and of which site: a random stream and a search token.</summary>
internal readonly record struct SessionKey(Guid Stream, long Site) : IComparable<SessionKey>
{
    public int CompareTo(SessionKey other) => (Stream, Site).CompareTo((other.Stream, other.Site));
}

/// <summary>A member's session at a site, as far as the log has told. Times are milliseconds of Unix time.</summary>
internal sealed record MemberSession(SessionKey Key)
{
    /// <summary>How long after the last activity a session ends (P0): 20 minutes.</summary>
    public const long InactivityMs = 20 * 60 * 1000;

    /// <summary>The last activity; once it has ended, its end.</summary>
    public required long LastMs { get; init; }

    /// <summary>
    /// When the log's clock ends it: as long after its last activity, and after that was received, since lines of a file
    /// are received long after they happened and follow one another all the same. Null once it has ended.
    /// </summary>
    public long? DueMs { get; init; }

    /// <summary>The import that the last activity came with.</summary>
    public Guid? Import { get; init; }

    public long OpenedMs { get; init; }

    /// <summary>What its end will say, where it began just now; else it is sealed.</summary>
    public Draft? Ending { get; init; }

    /// <summary>The same, sealed for <see cref="OpenedMs"/>.</summary>
    public byte[]? Body { get; init; }

    public bool IsOpen => DueMs is not null;

    public long EndMs => LastMs + InactivityMs;

    /// <summary>Ended at that time.</summary>
    public MemberSession Ended(long atMs) => this with { LastMs = atMs, DueMs = null, Import = null };
}
