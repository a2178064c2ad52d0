namespace KpTelemetry.Local.Broker.Groups;

/// <summary>Which partition an offset is for; by the topic's id, so that a topic made anew inherits nothing.</summary>
internal readonly record struct PartitionId(Guid Topic, int Partition);

/// <summary>An offset that a group committed, with the text that the client wanted kept beside it.</summary>
internal readonly record struct CommittedOffset(long Offset, string? Metadata)
{
    /// <summary>The longest text.</summary>
    public const int MaxMetadata = 4096;

    /// <summary>An estimate of the memory that it takes.</summary>
    public long Bytes => 128 + (2 * (Metadata?.Length ?? 0));
}
