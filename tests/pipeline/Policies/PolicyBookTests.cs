using KpTelemetry.Schemas.Policies;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Policies;

/// <summary>Which revision governs what, and which may be published.</summary>
public sealed class PolicyBookTests
{
    private static readonly DateOnly First = new(2030, 1, 1), Second = new(2030, 3, 1);
    private static readonly DateTimeOffset Before = At(2029, 12, 15);

    [Fact]
    public void A_revision_is_in_force_from_the_start_of_its_day_and_the_built_in_one_before_all_others()
    {
        var book = Book((First, 20), (Second, 11));
        Assert.Equal("20170913", book.InForce(At(1999, 1, 1)).Name);
        Assert.Equal("20170913", book.InForce(At(2030, 1, 1).AddMilliseconds(-1)).Name);
        Assert.Equal("20300101", book.InForce(At(2030, 1, 1)).Name);
        Assert.Equal("20300301", book.InForce(At(2050, 1, 1)).Name);
        Assert.Equal(["20300301"], book.Coming(At(2030, 1, 1)).Select(revision => revision.Name));
        Assert.Null(book.Find("20300102"));
    }

    [Fact]
    public void A_stricter_revision_reaches_back_from_its_effective_date_on_and_a_laxer_one_never_does()
    {
        var book = Book((First, 20), (Second, 11));
        Assert.Equal(11, book.Holding(Before, At(2029, 12, 31))[PolicyKeys.K]);
        Assert.Equal(20, book.Holding(Before, At(2030, 1, 1))[PolicyKeys.K]);
        Assert.Equal(20, book.Holding(Before, At(2030, 6, 1))[PolicyKeys.K]);
        Assert.Equal(20, book.Holding(At(2030, 2, 1), At(2030, 6, 1))[PolicyKeys.K]);
        Assert.Equal(11, book.Holding(At(2030, 3, 1), At(2030, 6, 1))[PolicyKeys.K]);
    }

    [Fact]
    public void Each_key_has_its_own_direction_and_one_that_has_none_stays_as_it_was()
    {
        var book = PolicyBook.Of([TestPolicies.Document(First, ("rawDays", 7), ("pendingHours", 96), ("visitGapMinutes", 10), ("doNotTrack", "honour"))]);
        var held = book.Holding(Before, At(2030, 2, 1));
        Assert.Equal((7, 48, 30, PolicyKeys.Honour), (held[PolicyKeys.RawDays], held[PolicyKeys.PendingHours], held[PolicyKeys.VisitGapMinutes], held[PolicyKeys.DoNotTrack]));
    }

    [Theory]
    [InlineData("2029-12-15", "2030-01-14", null)]
    [InlineData("2029-12-15", "2030-01-13", "the notice is too short: with notice from 2029-12-15 it may take effect on 2030-01-14 (30 days) or later")]
    [InlineData("2029-12-15", "2029-12-15", "effectiveFrom lies in the past: a revision takes effect after notice of it")]
    [InlineData("2029-12-16", "2029-12-16", "the notice is too short: with notice from 2029-12-16 it may take effect on 2030-01-15 (30 days) or later")]
    [InlineData("2029-12-14", "2030-06-01", "noticeFrom lies before today (2029-12-15): nobody could have read it")]
    [InlineData("2029-11-01", "2029-12-01", "effectiveFrom lies in the past: a revision takes effect after notice of it")]
    public void A_revision_needs_notice(string notice, string effective, string? refusal)
    {
        var next = TestPolicies.Read(TestPolicies.Document(DateOnly.Parse(notice), DateOnly.Parse(effective), []));
        Assert.Equal(refusal is null ? [] : [refusal], PolicyBook.OfBuiltIn.Refusals(next, Before.AddHours(9)));
    }

    [Fact]
    public void A_revision_is_published_once_and_after_those_before_it()
    {
        var book = Book((Second, 20));
        Assert.Equal(["a revision 20300301 is published already, and a revision never changes"], book.Refusals(TestPolicies.Read(TestPolicies.Document(Second)), Before));
        Assert.Equal(["it must take effect after 20300301, the last one that is published"], book.Refusals(TestPolicies.Read(TestPolicies.Document(new DateOnly(2030, 2, 1))), Before));
    }

    [Fact]
    public void A_longer_period_of_notice_holds_for_the_revision_after_it()
    {
        var book = PolicyBook.Of([TestPolicies.Document(First, ("noticeDays", 90))]);
        var next = TestPolicies.Read(TestPolicies.Document(First.AddDays(1), First.AddDays(32), []));
        Assert.Equal(["the notice is too short: with notice from 2030-01-02 it may take effect on 2030-04-02 (90 days) or later"], book.Refusals(next, Before));
    }

    [Fact]
    public void A_check_says_per_key_which_way_it_goes_and_what_it_does_to_what_is_stored()
    {
        var next = TestPolicies.Read(TestPolicies.Document(First, ("k", 20), ("rawDays", 30), ("visitGapMinutes", 20), ("aheadHours", 1)));
        Assert.Equal(
            [
                "k 11 20 stricter what is not published yet needs the larger number; what is published stays",
                "visitGapMinutes 30 20 other nothing: it holds for what is received from then on",
                "rawDays 14 30 laxer nothing: what was received before keeps the stricter value",
                "aheadHours 24 1 stricter nothing: it holds for what is received from then on",
            ],
            PolicyChange.Between(PolicyBook.BuiltIn.Values, next.Values).Select(change => $"{change.Key} {change.From} {change.To} {change.Direction} {change.OnStored}"));
    }

    private static PolicyBook Book(params IEnumerable<(DateOnly Effective, int K)> revisions) =>
        PolicyBook.Of(revisions.Select(revision => TestPolicies.Document(revision.Effective, ("k", revision.K))));

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
