namespace KpTelemetry.Audit.Storing;

/// <summary>An entry as the database holds it: everything that its leaf commits to.</summary>
/// <param name="Index">Its place in the record, from 0, without gaps: given under the lock of the head.</param>
/// <param name="Sequence">Marten's number.</param>
/// <param name="Id">Marten's id of the event.</param>
/// <param name="Stream">The stream it is in.</param>
/// <param name="Version">Its number within the stream.</param>
/// <param name="At">When it happened, to the millisecond.</param>
/// <param name="Stored">When its transaction began, by the database's clock, to the microsecond.</param>
/// <param name="Recorded">When the head took it, by the database's clock, to the microsecond; never before the entry before it.</param>
/// <param name="Kind">The search token of its kind.</param>
/// <param name="Body">The sealed body.</param>
internal sealed record StoredEntry(long Index, long Sequence, Guid Id, Guid Stream, long Version, DateTimeOffset At, DateTimeOffset Stored, DateTimeOffset Recorded, byte[] Kind, byte[] Body);
