namespace KpTelemetry.Local.Broker.Wire;

/// <summary>The requests of Kafka's protocol that this broker answers, by their number.</summary>
public enum ApiKey : short
{
    /// <summary>Appends record batches.</summary>
    Produce = 0,

    /// <summary>Reads record batches.</summary>
    Fetch = 1,

    /// <summary>Finds offsets by time.</summary>
    ListOffsets = 2,

    /// <summary>Tells brokers, topics and partitions.</summary>
    Metadata = 3,

    /// <summary>Stores a group's offsets.</summary>
    OffsetCommit = 8,

    /// <summary>Tells a group's offsets.</summary>
    OffsetFetch = 9,

    /// <summary>Tells who coordinates a group.</summary>
    FindCoordinator = 10,

    /// <summary>Joins a group.</summary>
    JoinGroup = 11,

    /// <summary>Keeps a member alive.</summary>
    Heartbeat = 12,

    /// <summary>Leaves a group.</summary>
    LeaveGroup = 13,

    /// <summary>Hands out a generation's assignment.</summary>
    SyncGroup = 14,

    /// <summary>Tells a group's state and members.</summary>
    DescribeGroups = 15,

    /// <summary>Lists groups.</summary>
    ListGroups = 16,

    /// <summary>Tells which requests are offered.</summary>
    ApiVersions = 18,

    /// <summary>Creates topics.</summary>
    CreateTopics = 19,

    /// <summary>Deletes topics.</summary>
    DeleteTopics = 20,

    /// <summary>Moves a partition's start forward.</summary>
    DeleteRecords = 21,

    /// <summary>Gives an idempotent producer its id.</summary>
    InitProducerId = 22,

    /// <summary>Tells the configuration of topics and of the broker.</summary>
    DescribeConfigs = 32,

    /// <summary>Forgets groups without members, with their offsets.</summary>
    DeleteGroups = 42,
}
