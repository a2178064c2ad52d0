using System.Security.Cryptography;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Groups;

internal sealed partial class Group
{
    private const int MaxMetadataBytes = 256 * 1024;
    private const int LongestClientPart = 64;

    /// <summary>Joins; false where the group was retired meanwhile and another one of its id takes its place.</summary>
    public bool TryJoin(Joining joining, out Task<Joined> joined)
    {
        lock (_gate)
        {
            ForgetInvitations();
            joined = _retired || !IsConsistent(joining) ? Answer(ErrorCode.InconsistentGroupProtocol, joining.MemberId)
                : joining.MemberId.Length == 0 ? JoinNew(joining)
                : JoinAgain(joining);
            return !_retired;
        }
    }

    private static Task<Joined> Answer(ErrorCode error, string memberId) => Task.FromResult(new Joined(error, memberId));

    private Task<Joined> JoinNew(Joining joining)
    {
        var previous = joining.InstanceId is null ? null : _members.Find(m => m.InstanceId == joining.InstanceId);
        if (previous is null && _members.Count + _invited.Count >= services.Options.MaxGroupMembers)
        {
            return Answer(ErrorCode.GroupMaxSizeReached, "");
        }

        var memberId = NewMemberId(joining);
        if (joining.RequiresKnownMember && joining.InstanceId is null)
        {
            _invited[memberId] = services.Time.GetUtcNow() + joining.SessionTimeout;
            return Answer(ErrorCode.MemberIdRequired, memberId);
        }

        if (previous is not null)
        {
            Remove(previous, ErrorCode.FencedInstanceId);
        }

        return Add(joining, memberId);
    }

    private Task<Joined> JoinAgain(Joining joining)
    {
        if (_invited.Remove(joining.MemberId))
        {
            return Add(joining, joining.MemberId);
        }

        if (Find(joining.MemberId) is not { } member)
        {
            return Answer(ErrorCode.UnknownMemberId, joining.MemberId);
        }

        if (joining.InstanceId is not null && member.InstanceId != joining.InstanceId)
        {
            return Answer(ErrorCode.FencedInstanceId, joining.MemberId);
        }

        var same = member.SpeaksSameAs(joining.Protocols);
        if (!TryUpdate(member, joining))
        {
            return Answer(ErrorCode.GroupMaxSizeReached, joining.MemberId);
        }

        // A repeat of an answered join gets the same answer; a leader that joins a stable group wants a new assignment.
        if (same && (_state == GroupState.CompletingRebalance || (_state == GroupState.Stable && _leader != member.Id)))
        {
            member.Touch();
            return Task.FromResult(AnswerTo(member));
        }

        return AwaitOthers(member);
    }

    private Task<Joined> Add(Joining joining, string memberId)
    {
        var session = services.Time.CreateTimer(_ => Expire(memberId), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var member = new Member(memberId, session, services.Time) { InstanceId = joining.InstanceId, ClientId = joining.ClientId };
        if (!TryUpdate(member, joining))
        {
            member.Dispose();
            return Answer(ErrorCode.GroupMaxSizeReached, "");
        }

        _members.Add(member);
        return AwaitOthers(member);
    }

    private Task<Joined> AwaitOthers(Member member)
    {
        member.Pause();
        member.Join?.TrySetResult(new Joined(ErrorCode.RebalanceInProgress, member.Id));
        member.Join = new TaskCompletionSource<Joined>(TaskCreationOptions.RunContinuationsAsynchronously);
        var joined = member.Join.Task;
        if (_state != GroupState.PreparingRebalance)
        {
            PrepareRebalance();
        }
        else
        {
            CompleteJoinIfAllAreHere();
        }

        return joined;
    }

    private bool TryUpdate(Member member, Joining joining)
    {
        var bytes = joining.Protocols.Sum(p => (long)p.Metadata.Length + (2 * p.Name.Length)) + (2L * joining.ClientId.Length) + 512;
        if (bytes > MaxMetadataBytes || !services.Memory.TryTake(bytes))
        {
            return false;
        }

        services.Memory.Give(member.Bytes);
        member.Bytes = bytes;
        member.ClientId = joining.ClientId;
        member.SessionTimeout = joining.SessionTimeout;
        member.RebalanceTimeout = joining.RebalanceTimeout;
        member.Protocols = joining.Protocols;
        _protocolType = joining.ProtocolType;
        return true;
    }

    private bool IsConsistent(Joining joining)
    {
        var others = _members.Where(m => m.Id != joining.MemberId && (joining.InstanceId is null || m.InstanceId != joining.InstanceId)).ToList();
        return joining.Protocols.Count > 0
            && (others.Count == 0
                || (joining.ProtocolType == _protocolType
                    && joining.Protocols.Any(p => others.TrueForAll(m => m.Protocols.Any(q => q.Name == p.Name)))));
    }

    private void ForgetInvitations()
    {
        var now = services.Time.GetUtcNow();
        foreach (var (memberId, until) in _invited)
        {
            if (until < now)
            {
                _invited.Remove(memberId);
            }
        }
    }

    private static string NewMemberId(Joining joining)
    {
        var name = (joining.InstanceId ?? joining.ClientId).Where(char.IsAsciiLetterOrDigit).Take(LongestClientPart);
        return $"{string.Concat(name)}-{new Guid(RandomNumberGenerator.GetBytes(16))}";
    }
}
