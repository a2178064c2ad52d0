using CsCheck;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Release.Tests.Rule;

public sealed class JoinReleaseTests
{
    private static readonly DateOnly Monday = new(2026, 6, 1);

    [Fact]
    public void Week_OfSmallDays_IsToldOnceEverythingOfItIsClosed()
    {
        DayState[] days = [Day(0, 5), Day(2, 5), Day(6, 4), Day(7, 5)];
        Assert.Empty(JoinRelease.Decide(days, [], Monday.AddDays(5), ReleasePolicy.InForce));
        Assert.Empty(JoinRelease.Decide(days, [Monday.AddDays(3)], Monday.AddDays(7), ReleasePolicy.InForce));

        var decisions = JoinRelease.Decide(days, [], Monday.AddDays(7), ReleasePolicy.InForce);

        var row = Assert.Single(decisions.SelectMany(decision => decision.Rows));
        Assert.Equal((Monday, "2026-06-07", 14L, 28L, null, null), (row.Day, row.Label, row.Visitors, row.PageViews, row.Requests, row.Visits));
        Assert.Equal([0, 2, 6], decisions.Select(decision => decision.State.Day.DayNumber - Monday.DayNumber));
        Assert.All(decisions, decision => Assert.Equal((9L, default), (decision.State.SiteCovered, decision.State.Waiting)));
    }

    [Fact]
    public void Month_OfWeeksThatWereTooSmall_IsToldWhenItsLastWeekIsDecided()
    {
        DayState[] days = [Day(0, 5), Day(8, 5), Day(29, 5)];
        Assert.Empty(JoinRelease.Decide(days, [], new DateOnly(2026, 7, 4), ReleasePolicy.InForce));
        var row = Assert.Single(JoinRelease.Decide(days, [], new DateOnly(2026, 7, 5), ReleasePolicy.InForce).SelectMany(decision => decision.Rows));
        Assert.Equal((new DateOnly(2026, 6, 1), "2026-06-30", 15L), (row.Day, row.Label, row.Visitors));
    }

    [Fact]
    public void Join_FewViewersOrOneWhoDoesMost_IsNotTold()
    {
        Assert.Empty(JoinRelease.Decide([Day(0, 6) with { Waiting = Of(6) with { VouchedViewers = 4 } }, Day(1, 6)], [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Empty(JoinRelease.Decide([Day(0, 6) with { Waiting = Of(6) with { PageViews = 900 } }, Day(1, 6)], [], Monday.AddDays(7), ReleasePolicy.InForce));
    }

    [Fact]
    public void Join_OfHardlyMoreThanOneADayOrOfOneRequestEach_IsNotTold()
    {
        Assert.Empty(JoinRelease.Decide(Enumerable.Range(0, 6).Select(day => Day(day, day < 3 ? 2 : 3)), [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Empty(JoinRelease.Decide([Day(0, 9) with { Waiting = Of(9) with { VouchedViewers = 3 } }, Day(1, 9)], [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Empty(JoinRelease.Decide([Day(0, 9) with { Waiting = Of(9) with { CappedRequests = 10 } }, Day(1, 9) with { Waiting = Of(9) with { CappedRequests = 18 } }], [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Equal(2, JoinRelease.Decide([Day(0, 9) with { Waiting = Of(9) with { CappedRequests = 11 } }, Day(1, 9) with { Waiting = Of(9) with { CappedRequests = 18 } }], [], Monday.AddDays(7), ReleasePolicy.InForce).Count);
    }

    // A day alone has fewer than 11 and no more than its requests, a week of two that stays silent no more than 12.
    [Fact]
    public void Join_OfAsManyAsItsDaysCanHaveUntold_IsNotTold()
    {
        Assert.Empty(JoinRelease.Decide([Day(0, 10), Day(1, 10)], [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Empty(JoinRelease.Decide([Day(0, 10), Day(1, 5) with { Waiting = Of(5) with { CappedRequests = 5 } }], [], Monday.AddDays(7), ReleasePolicy.InForce));
        Assert.Equal(2, JoinRelease.Decide([Day(0, 10), Day(1, 5) with { Waiting = Of(5) with { CappedRequests = 6 } }], [], Monday.AddDays(7), ReleasePolicy.InForce).Count);
        Assert.Equal(2, JoinRelease.Decide([Day(0, 10), Day(1, 9)], [], Monday.AddDays(7), ReleasePolicy.InForce).Count);
        Assert.Empty(JoinRelease.Decide([Day(0, 10), Day(8, 6), Day(9, 6)], [], Monday.AddDays(45), ReleasePolicy.InForce));
        Assert.Equal(3, JoinRelease.Decide([Day(0, 10), Day(8, 6), Day(9, 5)], [], Monday.AddDays(45), ReleasePolicy.InForce).Count);
    }

    [Fact]
    public void Join_DayWithoutPeople_IsNotOfIt()
    {
        var machines = Day(1, 0) with { Waiting = new Counters { Requests = 40 } };
        Assert.DoesNotContain(Monday.AddDays(1), JoinRelease.Decide([Day(0, 9), machines, Day(2, 9)], [], Monday.AddDays(7), ReleasePolicy.InForce).Select(decision => decision.State.Day));
    }

    [Fact]
    public void Joins_AnyDays_TellEachAtMostOnceAndOnlyEnough() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[1, 9]).Array[0, 40].Check(drawn =>
        {
            var days = drawn.GroupBy(day => day.Item1).Select(day => Day(day.Key, day.First().Item2)).ToList();
            var first = JoinRelease.Decide(days, [], Monday.AddDays(75), ReleasePolicy.InForce);
            Assert.Equal(first.Count, first.Select(decision => decision.State.Day).Distinct().Count());
            Assert.All(first.SelectMany(decision => decision.Rows), row => Assert.True(row.Visitors >= 11));
            Assert.Equal(first.Sum(decision => days.Single(day => day.Day == decision.State.Day).Waiting.Visitors), first.SelectMany(decision => decision.Rows).Sum(row => row.Visitors));
            var left = days.Select(day => first.FirstOrDefault(decision => decision.State.Day == day.Day)?.State ?? day);
            Assert.Empty(JoinRelease.Decide(left, [], Monday.AddDays(75), ReleasePolicy.InForce));
        });

    private static DayState Day(int ofMonth, int visitors) =>
        new() { Day = Monday.AddDays(ofMonth), Closed = true, Evaluated = 9, Waiting = Of(visitors) };

    private static Counters Of(int visitors) => new()
    {
        Visitors = visitors, PageViews = visitors * 2, CappedViews = visitors * 2, CappedRequests = visitors * 3, Vouched = visitors, VouchedViewers = visitors,
    };
}
