using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What became of received events.</summary>
public enum Outcome
{
    Counted,
    Duplicate,
    Rejected,
    Dropped,
}

/// <summary>A line of the books: so many events of a site and import had that outcome.</summary>
/// <param name="Site">Empty where the site is not known.</param>
/// <param name="Import"><see cref="Guid.Empty"/> for live events.</param>
public sealed record BookEntry(string Site, Guid Import, Outcome Outcome, Reason Reason, long Events);

/// <summary>Where in the log an event lies that was rejected.</summary>
/// <param name="ReceivedMs">When its group was received, milliseconds of Unix time.</param>
public readonly record struct RejectedRow(long Offset, int Row, string Site, Reason Reason, long ReceivedMs);

/// <summary>Spans of a file source that have been received completely for this partition.</summary>
public sealed record CoveredSource(Guid Source, GroupKind Kind, IReadOnlyList<Interval> Ranges);

/// <summary>A site's day that a block adds to.</summary>
/// <param name="EndsAtMs">When the day is over, milliseconds of Unix time.</param>
/// <param name="LatenessMs">How long after that it waits for late events before it closes.</param>
/// <param name="IsLive">Whether some of its events came live: such a day is closed by the watermark.</param>
/// <param name="Began">Whether its state began in this block: of whoever was there before nothing was known any more.</param>
public sealed record TouchedDay(string Site, DateOnly Day, long EndsAtMs, long LatenessMs, bool IsLive, bool Began);

/// <summary>The end of an import on this partition: it closes the site's days that were over at its receipt.</summary>
public sealed record ImportEnd(Guid Import, string Site, long ReceivedMs);

/// <summary>What a member did, for the access record.</summary>
/// <param name="Source">The file source, or null where the sender named no file.</param>
/// <param name="Sender">For those without a file: who sent it, and <see cref="EventId"/> what it is called there.</param>
/// <param name="ReceivedMs">When its group was received, milliseconds of Unix time.</param>
/// <param name="Import"><see cref="Guid.Empty"/> for live events.</param>
public sealed record AccessEntry(Guid? Source, string Sender, string EventId, AccessEvent Event, long ReceivedMs, Guid Import);

/// <summary>
/// Where among a block's access events the partition's log clock moved, or an import ended: what members' sessions end by.
/// Moves with no event between them are one, so that it does not matter where blocks are cut.
/// </summary>
/// <param name="Before">How many of the block's access events come before it.</param>
/// <param name="ThroughMs">Up to when everything has been received; of an import, when its end was.</param>
/// <param name="Import">The import that ended; null where the clock moved.</param>
public readonly record struct ClockMark(int Before, long ThroughMs, Guid? Import);

/// <summary>A key of the key store that groups of a block name, and the first and last of their offsets.</summary>
public sealed record NamedKey(string Key, long FirstOffset, long LastOffset);

/// <summary>What the groups of one block come to. A function of the log alone: folded again it is equal, number by number.</summary>
public sealed record BlockContent
{
    /// <summary>What to add to pending cells, in the order in which the events first touched them.</summary>
    public required IReadOnlyList<Cell> Cells { get; init; }
    public required IReadOnlyList<BookEntry> Books { get; init; }
    public required IReadOnlyList<RejectedRow> Rejected { get; init; }
    public required IReadOnlyList<CoveredSource> Covered { get; init; }
    /// <summary>The days that it adds to; one twice where its state ended in it and began again.</summary>
    public required IReadOnlyList<TouchedDay> Days { get; init; }
    public required IReadOnlyList<ImportEnd> ImportEnds { get; init; }
    public required IReadOnlyList<AccessEntry> Access { get; init; }
    public IReadOnlyList<ClockMark> Marks { get; init; } = [];
    /// <summary>Keys that groups of the block name, and where those groups lie.</summary>
    public IReadOnlyList<NamedKey> Keys { get; init; } = [];
    /// <summary>The revisions of the policy that its events were received and folded under, in their order.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];
    /// <summary>The UTC day of the block in the log, by its watermark or receipt, whichever is later; names the key of its labels.</summary>
    public required DateOnly LogDay { get; init; }
    /// <summary>Up to when this partition has received everything, milliseconds of Unix time.</summary>
    public required long WatermarkMs { get; init; }
    /// <summary>Where the log must be read from to have the state after this block; null when no state is needed.</summary>
    public required long? StateFrom { get; init; }
    /// <summary>Events in the block, whatever their outcome.</summary>
    public required long Rows { get; init; }
}
