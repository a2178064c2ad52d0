using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Groups;

/// <summary>One way of assigning partitions that a member can follow, with what it says about itself for it.</summary>
internal readonly record struct GroupProtocol(string Name, byte[] Metadata);

/// <summary>What a member asks when it joins.</summary>
internal sealed record Joining(
    string MemberId,
    string? InstanceId,
    string ClientId,
    bool RequiresKnownMember,
    TimeSpan SessionTimeout,
    TimeSpan RebalanceTimeout,
    string ProtocolType,
    IReadOnlyList<GroupProtocol> Protocols);

/// <summary>A member as the leader sees it.</summary>
internal readonly record struct JoinedMember(string Id, string? InstanceId, byte[] Metadata);

/// <summary>How a join ended.</summary>
internal sealed record Joined(
    ErrorCode Error,
    string MemberId,
    int Generation = -1,
    string Protocol = "",
    string Leader = "",
    IReadOnlyList<JoinedMember>? Members = null);

/// <summary>How a sync ended.</summary>
internal sealed record Synced(ErrorCode Error, byte[] Assignment)
{
    public static Synced Refused(ErrorCode error) => new(error, []);
}

/// <summary>Who a request says it comes from.</summary>
internal readonly record struct MemberClaim(string MemberId, string? InstanceId, int Generation);

/// <summary>A group as DescribeGroups tells it.</summary>
internal sealed record GroupDescription(
    string Id, GroupState State, string ProtocolType, string Protocol, IReadOnlyList<MemberDescription> Members);

/// <summary>A member as DescribeGroups tells it.</summary>
internal sealed record MemberDescription(string Id, string? InstanceId, string ClientId, byte[] Metadata, byte[] Assignment);

/// <summary>Where a group stands in its cycle.</summary>
internal enum GroupState
{
    /// <summary>No members; offsets may remain.</summary>
    Empty,

    /// <summary>Waiting for members to join.</summary>
    PreparingRebalance,

    /// <summary>Waiting for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment.</summary>
    Stable,
}
