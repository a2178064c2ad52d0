using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Sending;

/// <summary>A group before it has its place in a partition: everything but sequence, receipt stamps and seal.</summary>
/// <param name="Kind">What the body is.</param>
/// <param name="Partition">Where it goes.</param>
/// <param name="Day">UTC day of receipt: names the sealing key.</param>
/// <param name="StateKey">Name of the key of the processors' state; empty for groups without a body.</param>
/// <param name="Rows">Rows in the body.</param>
/// <param name="File">Source and range, where the rows come from a file.</param>
/// <param name="Body">The compressed batch; null for groups without a body.</param>
public sealed record GroupDraft(GroupKind Kind, int Partition, DateOnly Day, string StateKey, int Rows, FileRange? File, byte[]? Body)
{
    /// <summary>A group without rows.</summary>
    public static GroupDraft Mark(GroupKind kind, int partition, DateOnly day, FileRange? file = null) => new(kind, partition, day, "", 0, file, null);
}

/// <summary>Where a group is safe.</summary>
public enum StoredIn
{
    /// <summary>In Kafka, on every in-sync replica's disk.</summary>
    Kafka,
    /// <summary>On this machine's disk, in the spool: it goes to Kafka before anything newer of its partition.</summary>
    Spool,
    /// <summary>Nowhere: Kafka does not take it and the spool is full.</summary>
    Refused,
}

/// <summary>What became of a group.</summary>
/// <param name="Where">Where it is safe.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset in Kafka; -1 elsewhere.</param>
public readonly record struct Stored(StoredIn Where, int Partition, long Offset);
