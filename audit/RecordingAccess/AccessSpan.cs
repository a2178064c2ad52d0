namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>What a span of a partition's log tells the record: access events, and where among them its clock moved.</summary>
/// <param name="Topic">The topic, and with <paramref name="Partition"/> whose clock ends the sessions that these events begin.</param>
/// <param name="Events">In the order of the log.</param>
/// <param name="Marks">In the order of the log, each with how many events come before it.</param>
public sealed record AccessSpan(Guid Topic, int Partition, IReadOnlyList<MemberAccess> Events, IReadOnlyList<SessionMark> Marks);

/// <summary>Where the log's clock moved, or an import ended.</summary>
/// <param name="Before">How many of the span's events come before it.</param>
/// <param name="ThroughMs">Up to when everything has been received, milliseconds of Unix time; of an import, when its end was.</param>
/// <param name="Import">The import that ended; null where the clock moved.</param>
public readonly record struct SessionMark(int Before, long ThroughMs, Guid? Import);
