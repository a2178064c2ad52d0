using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Policies;

/// <summary>The fold takes its numbers from the revision that each event was received under.</summary>
public sealed class FoldUnderRevisionsTests
{
    private static readonly DateTimeOffset Noon = Stories.Noon;
    private static readonly DateOnly Effective = new(2026, 1, 3);
    private static readonly PolicyBook Book = PolicyBook.Of([TestPolicies.Document(Effective, ("latenessMinutes", 60), ("stateHours", 12), ("mostPageViews", 2), ("visitGapMinutes", 5))]);

    [Fact]
    public void A_block_names_the_revisions_of_its_events()
    {
        using var folding = new Folding(policies: Book);
        Assert.Equal(["20170913"], folding.Add(Group(1, Noon, "20170913")).Cut().Policies);
        Assert.Equal(["20170913", "20260103"], folding.Add(Group(2, Noon.AddDays(2), "20260103"), Group(3, Noon.AddDays(2), "20170913")).Cut().Policies);
        Assert.Empty(folding.Add(Stories.Tick(4, Noon.AddDays(2))).Cut().Policies);
    }

    [Fact]
    public void A_day_waits_as_long_as_the_revision_of_its_first_event_says()
    {
        using var folding = new Folding(policies: Book);
        folding.Add(Group(1, Noon, "20170913"), Group(2, Noon.AddDays(2), "20260103"), Group(3, Noon.AddDays(2), "20170913"));
        Assert.Equal([120 * 60_000L, 60 * 60_000L], folding.Cut().Days.OrderBy(day => day.Day).Select(day => day.LatenessMs));
    }

    [Theory]
    [InlineData("20170913", 48)]
    [InlineData("20260103", 12)]
    public void The_state_of_a_day_lives_as_long_as_the_strictest_revision_of_its_events_says(string second, int hours)
    {
        using var folding = new Folding(policies: Book);
        folding.Add(Group(1, Noon, "20170913"), Group(2, Noon, second));
        var closes = new DateTimeOffset(2026, 1, 2, 2, 0, 0, TimeSpan.Zero);
        folding.Add(Stories.Tick(3, closes.AddHours(hours).AddMilliseconds(-1)));
        Assert.Equal(1, folding.Fold.LiveDays);
        folding.Add(Stories.Tick(4, closes.AddHours(hours)));
        Assert.Equal(0, folding.Fold.LiveDays);
    }

    [Theory]
    [InlineData("20170913", "20260103", 1, 4)]
    [InlineData("20260103", "20170913", 2, 2)]
    public void A_day_is_counted_under_the_revision_of_its_first_event(string first, string second, int visits, int cappedViews)
    {
        using var folding = new Folding(policies: Book);
        // Four views of one visitor; between the second and the third ten minutes, a pause that only one of the revisions ends a visit at.
        folding.Add(One(1, Noon, first), One(2, Noon.AddMinutes(1), first), One(3, Noon.AddMinutes(11), second), One(4, Noon.AddMinutes(12), second), Stories.Tick(5, Noon.AddHours(2)));
        var total = folding.Cells().Where(cell => cell.Key.Table == Table.Site).Select(cell => cell.Value).Aggregate((one, other) =>
        {
            one.Add(other);
            return one;
        });
        Assert.Equal((visits, cappedViews), (total.Visits, total.CappedViews));
    }

    [Fact]
    public void A_group_under_a_revision_that_is_not_published_is_rejected_whole()
    {
        using var folding = new Folding(policies: Book);
        var content = folding.Add(Group(1, Noon, "20260102")).Cut();
        Assert.Equal((Outcome.Rejected, Schemas.Reason.Unreadable, 10L), Assert.Single(content.Books.Select(entry => (entry.Outcome, entry.Reason, entry.Events))));
        Assert.Empty(content.Cells);
    }

    [Fact]
    public void A_replay_over_the_boundary_of_revisions_gives_equal_blocks()
    {
        var groups = Enumerable.Range(0, 40).Select(i => Group((ulong)i + 1, Noon.AddHours(3 * i), i % 7 == 0 || i < 12 ? "20170913" : "20260103")).ToList();
        using var first = new Folding(policies: Book);
        var clocks = new List<byte[]>();
        for (var at = 0; at < groups.Count; at += 4)
        {
            clocks.Add(first.Fold.SaveClock());
            first.Add(groups.Skip(at).Take(4)).Cut();
        }

        // From every block on, as a claimant starts: at the block in which the state that it needs begins.
        for (var block = 1; block < clocks.Count; block++)
        {
            var from = (int)(first.Blocks[block - 1].StateFrom ?? block * 4) / 4;
            using var again = new Folding(new FoldStart(clocks[from], []), from * 4, Book);
            again.Add(groups.Skip(from * 4).Take((block - from) * 4));
            again.Fold.TakeBlock();
            for (var at = block * 4; at < groups.Count; at += 4)
                again.Add(groups.Skip(at).Take(4)).Cut();
            AssertEqual(first.Blocks.Skip(block), again.Blocks);
        }

        Assert.Contains(first.Blocks, block => block.Policies.Count == 2);
        Assert.True(first.Blocks[^1].StateFrom > 0);

        // The numbers do depend on the revision: under the built-in one alone they are others.
        using var other = new Folding(policies: Book);
        foreach (var group in groups.Where(group => group.Site is not null))
            other.Add(group with { Site = Stamp("20170913") });
        Assert.NotEqual(first.Blocks.SelectMany(block => block.Days).Select(day => day.LatenessMs).Min(), other.Cut().Days.Select(day => day.LatenessMs).Min());
    }

    private static void AssertEqual(IEnumerable<BlockContent> expected, IEnumerable<BlockContent> actual)
    {
        foreach (var (one, other) in expected.Zip(actual, (one, other) => (one, other)))
        {
            Assert.Equal(one.Cells, other.Cells);
            Assert.Equal(one.Books, other.Books);
            Assert.Equal(one.Days, other.Days);
            Assert.Equal(one.Policies, other.Policies);
            Assert.Equal((one.LogDay, one.WatermarkMs, one.StateFrom), (other.LogDay, other.WatermarkMs, other.StateFrom));
        }

        Assert.Equal(expected.Count(), actual.Count());
    }

    private static TestGroup Group(ulong sequence, DateTimeOffset at, string policy) => TestGroups.Live(
        1, sequence, at, Stamp(policy), [.. Enumerable.Range(0, 10).Select(i => Stories.View((int)((sequence + (ulong)i) % 30), at, i % 3 == 0 ? "/a" : "/b"))]);

    private static TestGroup One(ulong sequence, DateTimeOffset at, string policy) => TestGroups.Live(1, sequence, at, Stamp(policy), [Stories.View(1, at, "/a")]);

    private static SiteStamp Stamp(string policy) => new(TestGroups.Sample) { Policy = policy };
}
