using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Groups;

/// <summary>What every group shares.</summary>
internal sealed record GroupServices(BrokerOptions Options, TimeProvider Time, ByteTally Memory);

/// <summary>
/// One consumer group: who is in it, of which generation, and with which assignment. Members join, the first of them
/// becomes leader and assigns, the others take what it gives them; who leaves, or is silent longer than its session,
/// starts the next round.
/// </summary>
internal sealed partial class Group(string id, GroupServices services)
{
    private readonly Lock _gate = new();
    private readonly List<Member> _members = [];
    private readonly Dictionary<string, DateTimeOffset> _invited = new(StringComparer.Ordinal);
    private GroupState _state = GroupState.Empty;
    private int _generation;
    private string _protocolType = "";
    private string _protocol = "";
    private string _leader = "";
    private bool _retired;

    public string Id => id;

    public GroupState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    public string ProtocolType
    {
        get
        {
            lock (_gate)
            {
                return _protocolType;
            }
        }
    }

    public GroupDescription Describe()
    {
        lock (_gate)
        {
            var stable = _state == GroupState.Stable;
            var members = _members.Select(m => new MemberDescription(
                m.Id, m.InstanceId, m.ClientId, stable ? m.MetadataFor(_protocol) : [], stable ? m.Assignment : []));
            return new GroupDescription(id, _state, _protocolType, stable ? _protocol : "", [.. members]);
        }
    }

    /// <summary>Ends a group that holds nobody, so that it can be forgotten; false where it is in use.</summary>
    public bool TryRetire()
    {
        lock (_gate)
        {
            ForgetInvitations();
            return _retired |= _members.Count == 0 && _invited.Count == 0;
        }
    }

    public ErrorCode Heartbeat(MemberClaim claim)
    {
        lock (_gate)
        {
            var error = Check(claim, out var member);
            member?.Touch();
            return error == ErrorCode.None && _state == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : error;
        }
    }

    public ErrorCode Leave(string memberId, string? instanceId)
    {
        lock (_gate)
        {
            if (_invited.Remove(memberId))
            {
                return ErrorCode.None;
            }

            var member = instanceId is null ? Find(memberId) : _members.Find(m => m.InstanceId == instanceId);
            if (member is null)
            {
                return ErrorCode.UnknownMemberId;
            }

            if (memberId.Length > 0 && member.Id != memberId)
            {
                return ErrorCode.FencedInstanceId;
            }

            Remove(member, ErrorCode.UnknownMemberId);
            AfterLoss();
            return ErrorCode.None;
        }
    }

    /// <summary>Whether offsets may be committed by whoever claims this; a claim without a member is for groups without members.</summary>
    public ErrorCode CheckCommit(MemberClaim claim)
    {
        lock (_gate)
        {
            if (claim.Generation < 0 && claim.MemberId.Length == 0)
            {
                return _members.Count == 0 ? ErrorCode.None : ErrorCode.UnknownMemberId;
            }

            var error = Check(claim, out var member);
            member?.Touch();
            return error == ErrorCode.None && _state == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : error;
        }
    }

    private ErrorCode Check(MemberClaim claim, out Member? member)
    {
        member = Find(claim.MemberId);
        if (claim.InstanceId is not null && _members.Find(m => m.InstanceId == claim.InstanceId) is { } owner && owner != member)
        {
            member = null;
            return ErrorCode.FencedInstanceId;
        }

        if (member is null)
        {
            return ErrorCode.UnknownMemberId;
        }

        return claim.Generation == _generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private Member? Find(string memberId) => _members.Find(m => m.Id == memberId);

    private void Remove(Member member, ErrorCode told)
    {
        _members.Remove(member);
        member.Join?.TrySetResult(new Joined(told, member.Id));
        member.Sync?.TrySetResult(Synced.Refused(told));
        services.Memory.Give(member.Bytes + member.Assignment.Length);
        member.Dispose();
    }

    private void Expire(string memberId)
    {
        lock (_gate)
        {
            if (Find(memberId) is { } member && member.IsSilent())
            {
                Remove(member, ErrorCode.UnknownMemberId);
                AfterLoss();
            }
        }
    }
}
