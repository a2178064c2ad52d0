using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Groups;

internal sealed partial class Group
{
    private ITimer? _deadline;
    private bool _gathering;

    public Task<Synced> SyncAsync(MemberClaim claim, IReadOnlyList<(string MemberId, byte[] Assignment)> assignments)
    {
        lock (_gate)
        {
            var error = Check(claim, out var member);
            if (error != ErrorCode.None)
            {
                return Task.FromResult(Synced.Refused(error));
            }

            member!.Touch();
            return _state switch
            {
                GroupState.Stable => Task.FromResult(AssignmentOf(member)),
                GroupState.CompletingRebalance => AwaitAssignment(member, assignments),
                _ => Task.FromResult(Synced.Refused(ErrorCode.RebalanceInProgress)),
            };
        }
    }

    private Task<Synced> AwaitAssignment(Member member, IReadOnlyList<(string MemberId, byte[] Assignment)> assignments)
    {
        member.HasSynced = true;
        if (member.Id == _leader)
        {
            return Task.FromResult(Assign(member, assignments));
        }

        member.Pause();
        member.Sync?.TrySetResult(Synced.Refused(ErrorCode.RebalanceInProgress));
        member.Sync = new TaskCompletionSource<Synced>(TaskCreationOptions.RunContinuationsAsynchronously);
        return member.Sync.Task;
    }

    private Synced Assign(Member leader, IReadOnlyList<(string MemberId, byte[] Assignment)> assignments)
    {
        foreach (var (memberId, assignment) in assignments)
        {
            if (Find(memberId) is { } member && !TryKeep(member, assignment))
            {
                return Synced.Refused(ErrorCode.GroupMaxSizeReached);
            }
        }

        _state = GroupState.Stable;
        SetDeadline(null, () => { });
        foreach (var member in _members)
        {
            member.Sync?.TrySetResult(AssignmentOf(member));
            member.Sync = null;
            member.Touch();
        }

        return AssignmentOf(leader);
    }

    private bool TryKeep(Member member, byte[] assignment)
    {
        if (!services.Memory.TryTake(assignment.Length))
        {
            return false;
        }

        services.Memory.Give(member.Assignment.Length);
        member.Assignment = assignment;
        return true;
    }

    private Synced AssignmentOf(Member member) => new(ErrorCode.None, member.Assignment);

    private void AfterLoss()
    {
        if (_state == GroupState.PreparingRebalance)
        {
            CompleteJoinIfAllAreHere();
        }
        else if (_state != GroupState.Empty)
        {
            PrepareRebalance();
        }
    }

    private void PrepareRebalance()
    {
        var wasEmpty = _state == GroupState.Empty;
        _state = GroupState.PreparingRebalance;
        foreach (var member in _members)
        {
            member.Sync?.TrySetResult(Synced.Refused(ErrorCode.RebalanceInProgress));
            member.Sync = null;
        }

        _gathering = wasEmpty;
        if (wasEmpty)
        {
            SetDeadline(services.Options.InitialRebalanceDelay, CompleteJoin);
            return;
        }

        SetDeadline(LongestRebalance(), CompleteJoin);
        CompleteJoinIfAllAreHere();
    }

    private void CompleteJoinIfAllAreHere()
    {
        // The first round of an empty group ends with its delay, not with its first member.
        if (_members.TrueForAll(m => m.Join is not null) && (!_gathering || _members.Count == 0))
        {
            CompleteJoin();
        }
    }

    private void CompleteJoin()
    {
        foreach (var late in _members.Where(m => m.Join is null).ToList())
        {
            Remove(late, ErrorCode.UnknownMemberId);
        }

        _generation++;
        _gathering = false;
        if (_members.Count == 0)
        {
            (_state, _protocol, _leader) = (GroupState.Empty, "", "");
            SetDeadline(null, () => { });
            return;
        }

        _protocol = MostWanted();
        _leader = Find(_leader)?.Id ?? _members[0].Id;
        _state = GroupState.CompletingRebalance;
        SetDeadline(LongestRebalance(), DropThoseWhoDidNotSync);
        foreach (var member in _members)
        {
            member.HasSynced = false;
            member.Touch();
            member.Join!.TrySetResult(AnswerTo(member));
            member.Join = null;
        }
    }

    private void DropThoseWhoDidNotSync()
    {
        foreach (var silent in _members.Where(m => !m.HasSynced).ToList())
        {
            Remove(silent, ErrorCode.UnknownMemberId);
        }

        PrepareRebalance();
    }

    private Joined AnswerTo(Member member)
    {
        var seen = member.Id == _leader
            ? _members.Select(m => new JoinedMember(m.Id, m.InstanceId, m.MetadataFor(_protocol))).ToList()
            : [];
        return new Joined(ErrorCode.None, member.Id, _generation, _protocol, _leader, seen);
    }

    // Each member votes for the first of its protocols that all have; JoinAsync made sure that there is one.
    private string MostWanted()
    {
        var common = _members[0].Protocols.Select(p => p.Name)
            .Where(name => _members.TrueForAll(m => m.Protocols.Any(p => p.Name == name)))
            .ToList();
        return _members
            .Select(m => m.Protocols.First(p => common.Contains(p.Name)).Name)
            .CountBy(name => name)
            .MaxBy(votes => votes.Value).Key;
    }

    private TimeSpan LongestRebalance() =>
        _members.Count == 0 ? TimeSpan.Zero : _members.Max(m => m.RebalanceTimeout);

    private void SetDeadline(TimeSpan? after, Action then)
    {
        _deadline?.Dispose();
        _deadline = null;
        if (after is { } delay)
        {
            ITimer? mine = null;
            mine = services.Time.CreateTimer(_ => AtDeadline(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _deadline = mine;
            mine.Change(delay, Timeout.InfiniteTimeSpan);

            void AtDeadline()
            {
                lock (_gate)
                {
                    // A timer that was replaced while it waited for the lock has nothing to say any more.
                    if (ReferenceEquals(_deadline, mine))
                    {
                        then();
                    }
                }
            }
        }
    }
}
