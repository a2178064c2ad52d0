using KpTelemetry.Processors.Retaining;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Retaining;

/// <summary>Whether everything is done with a key.</summary>
public sealed class RetentionRuleTests
{
    private static readonly DateOnly Day = new(2026, 1, 1);
    private static readonly DateTimeOffset Over = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly RetainedKey Sealing = new(KeyPurpose.Sealing, Day), Replay = new(KeyPurpose.Replay, Day), State = new(KeyPurpose.State, Day), Pending = new(KeyPurpose.Pending, Day);

    [Theory]
    [InlineData(14, true, true, false, true)]
    [InlineData(13, false, false, false, true)]
    [InlineData(21, true, true, true, true)]
    [InlineData(20, true, true, false, true)]
    [InlineData(2, false, false, false, false)]
    public void Key_EndsWhenEveryPartitionHasPassedItsTime(int days, bool sealing, bool replay, bool state, bool pending)
    {
        var rule = Rule(Facts(Over.AddDays(days)));

        Assert.Equal((sealing, replay, state, pending), (rule.On(Sealing).MayEnd, rule.On(Replay).MayEnd, rule.On(State).MayEnd, rule.On(Pending).MayEnd));
    }

    [Fact]
    public void Key_WaitsForThePartitionThatIsBehind_AndForOneThatWasNeverRead()
    {
        var facts = Facts(Over.AddDays(30));
        var behind = facts with { Partitions = [facts.Partitions[0], facts.Partitions[1] with { Watermark = Over.AddDays(13) }] };
        var unread = facts with { Partitions = [facts.Partitions[0]] };

        Assert.All((RetentionFacts[])[behind, unread], one => Assert.False(Rule(one).On(Sealing).MayEnd));
    }

    [Fact]
    public void Key_WaitsForAReplayThatWouldNeedIt_AndTheReplayKeyWithItsGroups()
    {
        var facts = Facts(Over.AddDays(30)) with { Uses = [new KeyUse(1, Sealing, 0, 100)] };

        Assert.False(Rule(facts).On(Sealing).MayEnd);
        Assert.False(Rule(facts).On(Replay).MayEnd);
        Assert.True(Rule(facts with { Uses = [new KeyUse(1, Sealing, 0, 99)] }).On(Sealing).MayEnd);
    }

    [Fact]
    public void Pending_WaitsForBlocks_Decisions_AndTheCloseOfItsDays()
    {
        var facts = Facts(Over.AddDays(13));

        Assert.True(With(pending => pending).MayEnd);
        Assert.False(With(pending => pending with { HasOpenBlock = true }).MayEnd);
        Assert.False(With(pending => pending with { IsUndecided = true }).MayEnd);
        Assert.False(With(pending => pending with { IsUnsettled = true }).MayEnd);
        Assert.False(With(pending => pending with { EndsAt = Over.AddDays(12) }).MayEnd);

        Verdict With(Func<PendingFacts, PendingFacts> change) => Rule(facts with { Pending = [change(facts.Pending[0])] }).On(Pending);
    }

    [Fact]
    public void Pending_OfADayThatNeverCloses_EndsAsRawTelemetryDoes()
    {
        var facts = Facts(Over.AddDays(14).AddHours(2));

        Assert.True(Rule(facts with { Pending = [facts.Pending[0] with { IsUnsettled = true }] }).On(Pending).MayEnd);
    }

    [Theory]
    [InlineData("2026-01-01", "2026-01-01", true)]
    [InlineData("2025-12-01", null, true)]
    [InlineData("2025-12-01", "2025-12-31", false)]
    [InlineData("2026-01-02", null, false)]
    public void Hold_StopsTheDaysItCovers(string from, string? to, bool stops)
    {
        var hold = new HoldFacts(Parse(from), to is null ? null : Parse(to));

        Assert.Equal(!stops, Rule(Facts(Over.AddDays(30)) with { Holds = [hold] }).On(Sealing).MayEnd);

        static DateOnly Parse(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Records_AreKeptFromTheFirstGroupUnderALivingKey_AndFromWhereAReplayStarts()
    {
        var later = Sealing with { Day = Day.AddDays(1) };
        var facts = Facts(Over.AddDays(30)) with { Uses = [new KeyUse(0, Sealing, 0, 40), new KeyUse(0, later, 41, 60), new KeyUse(1, Sealing, 5, 6)] };

        Assert.Equal(new Dictionary<int, long> { [0] = 41, [1] = 100 }, Rule(facts).DeleteBefore([Sealing, later], [Sealing]));
        Assert.Equal(new Dictionary<int, long> { [0] = 100, [1] = 100 }, Rule(facts).DeleteBefore([Sealing, later], [Sealing, later]));
    }

    [Fact]
    public void Records_AreKept_WhereItIsNotKnownWhereGroupsOfALivingKeyLie() =>
        Assert.Empty(Rule(Facts(Over.AddDays(30))).DeleteBefore([Sealing, Sealing with { Day = Day.AddDays(1) }], [Sealing]));

    private static RetentionRule Rule(RetentionFacts facts) => new(new RetentionPolicy(), facts);

    private static RetentionFacts Facts(DateTimeOffset watermark) => new(
        2, [new PartitionFacts(0, 100, watermark), new PartitionFacts(1, 100, watermark.AddHours(1))], [], [new PendingFacts(Day, Over, false, false, false)], []);
}
