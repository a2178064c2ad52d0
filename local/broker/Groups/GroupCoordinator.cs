using System.Collections.Concurrent;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Groups;

/// <summary>All groups of the broker, up to a bound.</summary>
internal sealed class GroupCoordinator(GroupServices services, OffsetStore offsets)
{
    private const int LongestId = 255;
    private static readonly TimeSpan ShortestSession = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSession = TimeSpan.FromMinutes(30);
    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();

    public OffsetStore Offsets => offsets;

    /// <summary>Whether a text can be a group's id.</summary>
    public static bool IsValidId(string id) => id.Length is > 0 and <= LongestId;

    public Task<Joined> JoinAsync(string groupId, Joining joining)
    {
        if (!IsValidId(groupId))
        {
            return Refuse(ErrorCode.InvalidGroupId, joining);
        }

        if (joining.SessionTimeout < ShortestSession || joining.SessionTimeout > LongestSession)
        {
            return Refuse(ErrorCode.InvalidSessionTimeout, joining);
        }

        while (true)
        {
            if (FindOrAdd(groupId) is not { } group)
            {
                return Refuse(ErrorCode.PolicyViolation, joining);
            }

            if (group.TryJoin(joining, out var joined))
            {
                return joined;
            }
        }
    }

    public Group? Find(string groupId) => _groups.GetValueOrDefault(groupId);

    /// <summary>Whether offsets may be committed, by a member or, into a group without members, by anyone.</summary>
    public ErrorCode CheckCommit(string groupId, MemberClaim claim)
    {
        if (!IsValidId(groupId))
        {
            return ErrorCode.InvalidGroupId;
        }

        if (Find(groupId) is { } group)
        {
            return group.CheckCommit(claim);
        }

        return claim is { Generation: < 0, MemberId: "" } ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    /// <summary>Every group that has members or offsets.</summary>
    public IReadOnlyList<(string Id, GroupState State, string ProtocolType)> List()
    {
        var live = _groups.Values.Select(g => (g.Id, g.State, g.ProtocolType)).ToList();
        var known = live.Select(g => g.Id).ToHashSet(StringComparer.Ordinal);
        return [.. live, .. offsets.Groups.Where(id => !known.Contains(id)).Select(id => (id, GroupState.Empty, ""))];
    }

    public GroupDescription? Describe(string groupId) =>
        Find(groupId)?.Describe()
        ?? (offsets.Groups.Contains(groupId) ? new GroupDescription(groupId, GroupState.Empty, "", "", []) : null);

    /// <summary>Forgets a group without members, with its offsets.</summary>
    public async Task<ErrorCode> DeleteAsync(string groupId)
    {
        var group = Find(groupId);
        if (group is not null && !group.TryRetire())
        {
            return ErrorCode.NonEmptyGroup;
        }

        _groups.TryRemove(groupId, out _);
        return await offsets.ForgetAsync(groupId) || group is not null ? ErrorCode.None : ErrorCode.GroupIdNotFound;
    }

    private static Task<Joined> Refuse(ErrorCode error, Joining joining) => Task.FromResult(new Joined(error, joining.MemberId));

    private Group? FindOrAdd(string groupId)
    {
        if (Find(groupId) is { } group)
        {
            return group;
        }

        lock (_adding)
        {
            if (_groups.Count >= services.Options.MaxGroups)
            {
                ForgetUnused();
            }

            return _groups.Count >= services.Options.MaxGroups
                ? Find(groupId)
                : _groups.GetOrAdd(groupId, id => new Group(id, services));
        }
    }

    private void ForgetUnused()
    {
        foreach (var (id, group) in _groups)
        {
            if (group.TryRetire())
            {
                _groups.TryRemove(id, out _);
            }
        }
    }
}
