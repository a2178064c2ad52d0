using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;
using Microsoft.Extensions.Time.Testing;

namespace KpTelemetry.Broker.Tests;

public sealed class GroupTests
{
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rebalance = TimeSpan.FromSeconds(60);
    private readonly CoarselyTimed _time = new();
    private readonly BrokerOptions _options = new() { Home = "", MaxGroupMembers = 3, MaxGroupBytes = 100_000 };
    private readonly Group _group;

    public GroupTests() => _group = new Group("g", new GroupServices(_options, _time, new ByteTally(_options.MaxGroupBytes)));

    [Fact]
    public async Task Two_members_gather_and_the_leader_assigns()
    {
        var (leader, follower) = await TwoMembersAsync();
        Assert.Equal(GroupState.Stable, _group.State);
        Assert.Equal(2, leader.Members!.Count);
        Assert.Empty(follower.Members!);
        Assert.Equal(leader.MemberId, follower.Leader);
        Assert.Equal(ErrorCode.None, _group.Heartbeat(Claim(leader)));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.Heartbeat(Claim(leader) with { Generation = 7 }));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(Claim(leader) with { MemberId = "who" }));
    }

    [Fact]
    public async Task A_member_that_is_silent_for_its_session_is_out_and_the_rest_rebalance()
    {
        var (leader, follower) = await TwoMembersAsync();
        _time.Advance(Session / 2);
        Assert.Equal(ErrorCode.None, _group.Heartbeat(Claim(leader)));
        _time.Advance((Session / 2) + TimeSpan.FromMilliseconds(1));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(Claim(leader)));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(Claim(follower)));

        var again = await Join(leader.MemberId);
        Assert.Equal(leader.Generation + 1, again.Generation);
        Assert.Single(again.Members!);
    }

    [Fact]
    public async Task A_session_whose_timer_fires_early_ends_all_the_same()
    {
        var (_, follower) = await TwoMembersAsync();
        _time.TimersAhead = TimeSpan.FromMilliseconds(3);
        _time.Advance(Session);
        Assert.Equal(GroupState.Stable, _group.State);
        _time.Advance(_time.TimersAhead);
        Assert.Equal(GroupState.Empty, _group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(Claim(follower)));
    }

    [Fact]
    public async Task A_member_that_leaves_starts_a_rebalance_and_the_last_one_empties_the_group()
    {
        var (leader, follower) = await TwoMembersAsync();
        Assert.Equal(ErrorCode.None, _group.Leave(leader.MemberId, null));
        var again = await Join(follower.MemberId);
        Assert.Equal(follower.MemberId, again.Leader);
        Assert.Equal(ErrorCode.None, _group.Leave(follower.MemberId, null));
        Assert.Equal(GroupState.Empty, _group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Leave(follower.MemberId, null));
    }

    [Fact]
    public async Task A_member_that_does_not_join_again_in_time_is_left_behind()
    {
        var (leader, follower) = await TwoMembersAsync();
        var third = Join("");
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(Claim(follower)));
        var again = Join(leader.MemberId);
        for (var waited = TimeSpan.Zero; waited < Rebalance; waited += Session / 2)
        {
            Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(Claim(follower)));
            _time.Advance(Session / 2);
        }

        Assert.Equal(2, (await again).Members!.Count);
        Assert.Equal(ErrorCode.None, (await third).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(Claim(follower)));
    }

    [Fact]
    public async Task A_leader_that_never_assigns_is_dropped_and_the_others_are_told_to_join_again()
    {
        var (leader, follower) = await JoinTwoAsync();
        var waiting = _group.SyncAsync(Claim(follower), []);
        for (var waited = TimeSpan.Zero; waited <= Rebalance; waited += Session / 2)
        {
            _group.Heartbeat(Claim(leader));
            _time.Advance(Session / 2);
        }

        Assert.Equal(ErrorCode.RebalanceInProgress, (await waiting).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(Claim(leader)));
        Assert.Equal(follower.MemberId, (await Join(follower.MemberId)).Leader);
    }

    [Fact]
    public async Task A_client_that_must_be_known_is_given_an_id_first_and_its_invitation_ends()
    {
        var invited = await Join("", mustBeKnown: true);
        Assert.Equal(ErrorCode.MemberIdRequired, invited.Error);
        var joined = Join(invited.MemberId, mustBeKnown: true);
        _time.Advance(_options.InitialRebalanceDelay);
        Assert.Equal(ErrorCode.None, (await joined).Error);

        var late = await Join("", mustBeKnown: true);
        _time.Advance(Session + TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.UnknownMemberId, (await Join(late.MemberId, mustBeKnown: true)).Error);
    }

    [Fact]
    public async Task A_static_member_that_comes_back_takes_its_place_and_fences_its_former_self()
    {
        var first = Join("", instance: "i");
        _time.Advance(_options.InitialRebalanceDelay);
        var before = await first;
        var after = await Join("", instance: "i");
        Assert.Equal(ErrorCode.None, after.Error);
        Assert.Single(_group.Describe().Members);
        Assert.Equal(ErrorCode.FencedInstanceId, _group.Heartbeat(new MemberClaim(before.MemberId, "i", after.Generation)));
        Assert.Equal(ErrorCode.FencedInstanceId, _group.Leave(before.MemberId, "i"));
        Assert.Equal(ErrorCode.None, _group.Heartbeat(new MemberClaim(after.MemberId, "i", after.Generation)));
    }

    [Fact]
    public async Task A_member_that_speaks_nothing_the_others_speak_is_refused()
    {
        await TwoMembersAsync();
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await Join("", protocol: "sticky")).Error);
    }

    [Fact]
    public async Task Members_and_their_metadata_are_bounded()
    {
        await TwoMembersAsync();
        Assert.Equal(ErrorCode.GroupMaxSizeReached, (await Join("", metadata: new byte[200_000])).Error);
        _ = Join("");
        Assert.Equal(ErrorCode.GroupMaxSizeReached, (await Join("")).Error);
    }

    [Fact]
    public async Task Offsets_are_committed_by_members_of_the_generation_only()
    {
        Assert.Equal(ErrorCode.None, _group.CheckCommit(new MemberClaim("", null, -1)));
        var (leader, _) = await TwoMembersAsync();
        Assert.Equal(ErrorCode.None, _group.CheckCommit(Claim(leader)));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.CheckCommit(new MemberClaim("", null, -1)));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.CheckCommit(Claim(leader) with { Generation = 0 }));
    }

    [Fact]
    public async Task Memory_that_members_took_comes_back_when_they_go()
    {
        for (var i = 0; i < 1000; i++)
        {
            var joined = Join("", metadata: new byte[50_000]);
            _time.Advance(_options.InitialRebalanceDelay);
            var member = await joined;
            Assert.Equal(ErrorCode.None, member.Error);
            Assert.Equal(ErrorCode.None, (await _group.SyncAsync(Claim(member), [(member.MemberId, new byte[10_000])])).Error);
            Assert.Equal(ErrorCode.None, _group.Leave(member.MemberId, null));
        }
    }

    private static MemberClaim Claim(Joined joined) => new(joined.MemberId, null, joined.Generation);

    private Task<Joined> Join(string memberId, string? instance = null, string protocol = "range", bool mustBeKnown = false, byte[]? metadata = null)
    {
        Assert.True(_group.TryJoin(
            new Joining(memberId, instance, "client", mustBeKnown, Session, Rebalance, "consumer", [new GroupProtocol(protocol, metadata ?? [1])]),
            out var joined));
        return joined;
    }

    private async Task<(Joined Leader, Joined Follower)> JoinTwoAsync()
    {
        var (one, two) = (Join(""), Join(""));
        Assert.False(one.IsCompleted || two.IsCompleted);
        _time.Advance(_options.InitialRebalanceDelay);
        return (await one, await two);
    }

    private async Task<(Joined Leader, Joined Follower)> TwoMembersAsync()
    {
        var (leader, follower) = await JoinTwoAsync();
        var waiting = _group.SyncAsync(Claim(follower), []);
        var own = await _group.SyncAsync(Claim(leader), [(leader.MemberId, [1]), (follower.MemberId, [2])]);
        Assert.Equal([1], own.Assignment);
        Assert.Equal([2], (await waiting).Assignment);
        return (leader, follower);
    }

    // As the machine's: timers run by a clock of some milliseconds' grain, and fire ahead of the one that tells the time.
    private sealed class CoarselyTimed : FakeTimeProvider
    {
        public TimeSpan TimersAhead { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() - TimersAhead.Ticks;
    }
}
