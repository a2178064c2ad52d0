using System.Text.Json.Nodes;
using KpTelemetry.Pipeline.Tests.Policies;
using KpTelemetry.Processors.Retaining;
using KpTelemetry.Schemas.Policies;
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
    public void Key_WaitsForARebuildThatReadsIt_AndForOneOfWhichThatIsNotDecided()
    {
        var facts = Facts(Over.AddDays(30)) with { Uses = [new KeyUse(1, Sealing, 0, 99), new KeyUse(1, State, 0, 99)] };

        Assert.Equal([false, false, false, false], May(null));
        Assert.Equal([false, false, false, false], May(99));
        Assert.Equal([true, true, true, false], May(100));

        bool[] May(long? from)
        {
            var rule = Rule(facts with { Rebuilds = [new RebuildFacts(Guid.Empty, from is { } offset ? new Dictionary<int, long> { [0] = 0, [1] = offset } : null)] });
            return [.. new[] { Sealing, Replay, State, Pending }.Select(key => rule.On(key).MayEnd)];
        }
    }

    [Fact]
    public void Pending_WaitsForBlocks_Decisions_AndTheCloseOfItsDays()
    {
        var facts = Facts(Over.AddDays(13));

        Assert.True(With(pending => pending).MayEnd);
        Assert.False(With(pending => pending with { HasOpenBlock = true }).MayEnd);
        Assert.False(With(pending => pending with { IsUndecided = true }).MayEnd);
        Assert.False(With(pending => pending with { IsUnsettled = true }).MayEnd);
        Assert.False(With(pending => pending with { ClosesAt = Over.AddDays(12) }).MayEnd);

        Verdict With(Func<PendingFacts, PendingFacts> change) => Rule(facts with { Pending = [change(facts.Pending[0])] }).On(Pending);
    }

    // A late event's day closed long ago: its cells wait from its receipt.
    [Fact]
    public void Pending_OfLateDataOnly_WaitsFromTheDayOfItsBlock()
    {
        Assert.False(Of(Over.AddHours(47)).MayEnd);
        Assert.True(Of(Over.AddHours(48)).MayEnd);

        static Verdict Of(DateTimeOffset watermark) =>
            Rule(Facts(watermark) with { Pending = [new PendingFacts(Day, Over.AddDays(-10), false, false, false)] }).On(Pending);
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

    [Theory]
    [InlineData("rawDays", 7, 14, true)]
    [InlineData("rawDays", 7, 13, false)]
    [InlineData("rawDays", 30, 14, true)]
    [InlineData("pendingHours", 24, 13, false)]
    public void A_stricter_revision_reaches_back_to_keys_of_days_before_it_from_its_effective_date_on(string key, int value, int days, bool ends)
    {
        // In force from the fourteenth day after the key's day on; by then the shorter time is long over, and the old one just over.
        var rule = new RetentionRule(Book(new DateOnly(2026, 1, 16), (key, value)), Facts(Over.AddDays(days)));
        Assert.Equal(ends, rule.On(Sealing).MayEnd);
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    public void A_shorter_retention_ends_what_is_stored_already_as_soon_as_it_is_in_force(int days, bool ends) =>
        Assert.Equal(ends, new RetentionRule(Book(new DateOnly(2026, 1, 9), ("rawDays", 5)), Facts(Over.AddDays(days))).On(Sealing).MayEnd);

    [Fact]
    public void A_longer_retention_leaves_old_data_under_the_old_number_and_holds_for_new()
    {
        var book = Book(new DateOnly(2026, 1, 10), ("rawDays", 30), ("pendingHours", 720));
        var rule = new RetentionRule(book, Facts(Over.AddDays(14)));
        Assert.True(rule.On(Sealing).MayEnd);
        Assert.True(rule.On(Pending).MayEnd);
        var after = Sealing with { Day = new DateOnly(2026, 1, 10) };
        Assert.False(new RetentionRule(book, Facts(after.DayEnds.AddDays(29))).On(after).MayEnd);
        Assert.True(new RetentionRule(book, Facts(after.DayEnds.AddDays(30))).On(after).MayEnd);
    }

    [Fact]
    public void A_hold_stops_what_a_stricter_revision_would_end()
    {
        var facts = Facts(Over.AddDays(9)) with { Holds = [new HoldFacts(Day, Day)] };
        var rule = new RetentionRule(Book(new DateOnly(2026, 1, 9), ("rawDays", 5), ("pendingHours", 1)), facts);
        Assert.All((RetainedKey[])[Sealing, Replay, Pending], key => Assert.Equal("a legal hold", rule.On(key).WaitsFor));
        Assert.True(rule.On(Sealing with { Day = Day.AddDays(1) }).MayEnd);
    }

    private static PolicyBook Book(DateOnly effective, params (string, JsonNode)[] values) => PolicyBook.Of([TestPolicies.Document(effective, values)]);

    private static RetentionRule Rule(RetentionFacts facts) => new(PolicyBook.OfBuiltIn, facts);

    private static RetentionFacts Facts(DateTimeOffset watermark) => new(
        2, [new PartitionFacts(0, 100, watermark), new PartitionFacts(1, 100, watermark.AddHours(1))], [], [new PendingFacts(Day, Over.AddHours(2), false, false, false)], []);
}
