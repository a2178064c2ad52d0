namespace KpTelemetry.Local.Broker;

/// <summary>How an embedded broker runs. Every bound holds whatever clients do.</summary>
public sealed record BrokerOptions
{
    /// <summary>The data directory; made where it is missing, locked while the broker runs.</summary>
    public required string Home { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How long topics keep batches unless they say otherwise; null for ever.</summary>
    public TimeSpan? Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many bytes a partition keeps unless its topic says otherwise; null for any number.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>At which size a segment ends unless its topic says otherwise; at least 4,096.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The largest batch taken unless the topic says otherwise; Kafka's own default.</summary>
    public int MaxBatchBytes { get; init; } = 1_048_588;

    /// <summary>Whether a metadata or produce request that names an unknown topic makes it.</summary>
    public bool AutoCreateTopics { get; init; }

    /// <summary>Partitions of a topic whose creator names no number.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>The most partitions, over all topics.</summary>
    public int MaxPartitions { get; init; } = 1000;

    /// <summary>The most connections; one more is closed at once.</summary>
    public int MaxConnections { get; init; } = 500;

    /// <summary>The largest produce request, in bytes.</summary>
    public int MaxProduceBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The largest request of any other kind, in bytes.</summary>
    public int MaxRequestBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of large requests held at one time, over all connections; more waits in its sender's socket.</summary>
    public int MaxInFlightBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most bytes of records in one fetch response.</summary>
    public int MaxFetchBytes { get; init; } = 50 * 1024 * 1024;

    /// <summary>The most consumer groups.</summary>
    public int MaxGroups { get; init; } = 1000;

    /// <summary>The most members of a group.</summary>
    public int MaxGroupMembers { get; init; } = 200;

    /// <summary>Bytes that groups' members may have the broker remember, over all groups.</summary>
    public int MaxGroupBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long the first members of an empty group wait for others.</summary>
    public TimeSpan InitialRebalanceDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a request may take to arrive once begun, and a piece of a response to be taken.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long a connection without requests is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often retention is looked at.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromSeconds(30);
}
