namespace KpTelemetry.Local.Broker.Wire;

/// <summary>The error codes of Kafka's protocol that this broker answers with.</summary>
public enum ErrorCode : short
{
    /// <summary>The request could not be done for a reason that has no code of its own.</summary>
    UnknownServerError = -1,

    /// <summary>No error.</summary>
    None = 0,

    /// <summary>The offset lies outside what the partition holds.</summary>
    OffsetOutOfRange = 1,

    /// <summary>The batch's checksum or framing is wrong.</summary>
    CorruptMessage = 2,

    /// <summary>No such topic, or no such partition of it.</summary>
    UnknownTopicOrPartition = 3,

    /// <summary>The batch is larger than the topic's <c>max.message.bytes</c>.</summary>
    MessageTooLarge = 10,

    /// <summary>The text committed beside an offset is too long.</summary>
    OffsetMetadataTooLarge = 12,

    /// <summary>The topic's name breaks the rules for names.</summary>
    InvalidTopic = 17,

    /// <summary>The member speaks of an older or newer generation of the group.</summary>
    IllegalGeneration = 22,

    /// <summary>No protocol is common to the group's members.</summary>
    InconsistentGroupProtocol = 23,

    /// <summary>The group's id is empty or too long.</summary>
    InvalidGroupId = 24,

    /// <summary>The group does not know this member.</summary>
    UnknownMemberId = 25,

    /// <summary>The session timeout is outside the allowed range.</summary>
    InvalidSessionTimeout = 26,

    /// <summary>The group is rebalancing: join again.</summary>
    RebalanceInProgress = 27,

    /// <summary>A record carries a kind of timestamp that clients may not set.</summary>
    InvalidTimestamp = 32,

    /// <summary>The broker does not offer this version of the request.</summary>
    UnsupportedVersion = 35,

    /// <summary>The topic exists.</summary>
    TopicAlreadyExists = 36,

    /// <summary>The number of partitions is out of range.</summary>
    InvalidPartitions = 37,

    /// <summary>The replication factor is not one.</summary>
    InvalidReplicationFactor = 38,

    /// <summary>The assignment names replicas that do not exist.</summary>
    InvalidReplicaAssignment = 39,

    /// <summary>The configuration holds an unknown key or an unusable value.</summary>
    InvalidConfig = 40,

    /// <summary>The request asks for what cannot be.</summary>
    InvalidRequest = 42,

    /// <summary>The records are in a format older than record batches v2.</summary>
    UnsupportedForMessageFormat = 43,

    /// <summary>A limit of this broker stands in the way.</summary>
    PolicyViolation = 44,

    /// <summary>The batch's first sequence number does not follow the last one.</summary>
    OutOfOrderSequenceNumber = 45,

    /// <summary>The batch was written before, too long ago to know its offset.</summary>
    DuplicateSequenceNumber = 46,

    /// <summary>The producer's epoch is older than the newest one seen.</summary>
    InvalidProducerEpoch = 47,

    /// <summary>What every request about transactions is answered with: they are not offered.</summary>
    TransactionalIdAuthorizationFailed = 53,

    /// <summary>The disk did not take the data.</summary>
    KafkaStorageError = 56,

    /// <summary>The producer's earlier batches are no longer in the log.</summary>
    UnknownProducerId = 59,

    /// <summary>The group still has members.</summary>
    NonEmptyGroup = 68,

    /// <summary>No such group.</summary>
    GroupIdNotFound = 69,

    /// <summary>The fetch session does not exist (this broker keeps none).</summary>
    FetchSessionIdNotFound = 70,

    /// <summary>The compression codec cannot travel in this version of the request.</summary>
    UnsupportedCompressionType = 76,

    /// <summary>Join again with the member id that came with this answer.</summary>
    MemberIdRequired = 79,

    /// <summary>The group has as many members as it may have.</summary>
    GroupMaxSizeReached = 81,

    /// <summary>Another member has taken this instance id over.</summary>
    FencedInstanceId = 82,

    /// <summary>The batch breaks a rule that its checksum cannot tell.</summary>
    InvalidRecord = 87,

    /// <summary>No topic has this id.</summary>
    UnknownTopicId = 100,
}
