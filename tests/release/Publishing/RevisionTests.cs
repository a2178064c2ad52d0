using KpTelemetry.Privacy;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Policies;
using Xunit;

namespace KpTelemetry.Release.Tests.Publishing;

/// <summary>Which numbers a day's release goes by: stricter ones reach back to what is not published yet, laxer ones do not.</summary>
public sealed class RevisionTests
{
    private const string Total = "2026-05-16 1 ";
    private static readonly DateOnly Day = new(2026, 5, 16);
    private static readonly StandingClock Before = At(16), After = At(17);

    [Fact]
    public async Task LargerK_FromItsEffectiveDateOn_HoldsForDataReceivedBefore()
    {
        await using var site = await ClosedDayAsync("20170913", 15);
        await PublishAsync(site, new DateOnly(2026, 5, 17), 20);
        using (var publisher = site.Publisher(After))
            await publisher.CycleAsync(CancellationToken.None);
        // Requests are a technical count; nobody stands behind a figure of people.
        Assert.Equal((15, null, null), (await site.PublishedAsync())[Total]);
    }

    [Fact]
    public async Task LargerK_BeforeItsEffectiveDate_DoesNotHold()
    {
        await using var site = await ClosedDayAsync("20170913", 15);
        await PublishAsync(site, new DateOnly(2026, 5, 17), 20);
        using (var publisher = site.Publisher(Before))
            await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal(15, (await site.PublishedAsync())[Total].Visitors);
        Assert.Equal("20170913", await site.ScalarAsync<string>("select policy from kp.releases where done_at is not null"));
    }

    [Theory]
    [InlineData("20260101", null)]
    [InlineData("20260516", 15L)]
    public async Task SmallerK_HoldsForWhatIsReceivedUnderItOnly(string receivedUnder, long? visitors)
    {
        await using var site = await ClosedDayAsync(receivedUnder, 15);
        await PublishAsync(site, new DateOnly(2026, 1, 1), 20);
        await PublishAsync(site, new DateOnly(2026, 5, 16), 11);
        using (var publisher = site.Publisher(After))
            await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal(visitors, (await site.PublishedAsync())[Total].Visitors);
        Assert.Equal("20260516", await site.ScalarAsync<string>("select policy from kp.releases where done_at is not null"));
    }

    // The day may have been counted under it, and then three whole shares are six hours.
    [Theory]
    [InlineData(false, 7000L)]
    [InlineData(true, 0L)]
    public async Task LargerShareOfSeconds_FromItsEffectiveDateOn_HoldsForTheWholeDay(bool isAfter, long seconds)
    {
        await using var site = await ClosedDayAsync("20170913", 60, new PendingCell(Day, Table.Site, 9, "", new Counters
        {
            Visits = 120, VouchedVisiting = 60, Bounces = 50, VouchedBouncing = 40, VouchedStaying = 20, VisitSeconds = 7000, CappedVisitSeconds = 7000,
        }));
        await PublishAsync(site, new DateOnly(2026, 5, 17), 11, share: 7200);
        using (var publisher = site.Publisher(isAfter ? After : Before))
            await publisher.CycleAsync(CancellationToken.None);
        Assert.Equal($"50 {seconds}", await site.FiguresAsync("concat(toString(sum(bounces)), ' ', toString(ifNull(sum(visit_seconds), 0)))", Table.Site));
    }

    private static async Task<Site> ClosedDayAsync(string policy, int visitors, params IReadOnlyList<PendingCell> others)
    {
        var site = await Site.CreateAsync();
        await site.BlockAsync([.. PublisherTests.Visitors(Day, visitors, visitors), .. others]);
        await site.ExecuteAsync($"update kp.blocks set policies = '{{{policy}}}'");
        await site.CloseAsync(Day);
        return site;
    }

    private static async Task PublishAsync(Site site, DateOnly effective, int k, int share = 1800)
    {
        var document = PolicyBook.BuiltIn.Document.Replace("20170913", PolicyRevision.NameOf(effective), StringComparison.Ordinal)
            .Replace("2017-09-13", $"{effective:yyyy-MM-dd}", StringComparison.Ordinal).Replace("\"k\": 11", $"\"k\": {k}", StringComparison.Ordinal)
            .Replace("\"mostVisitSeconds\": 1800", $"\"mostVisitSeconds\": {share}", StringComparison.Ordinal);
        await site.ExecuteAsync($"insert into kp.policies values ('{PolicyRevision.NameOf(effective)}', '{document}', '2017-08-14', '{effective:yyyy-MM-dd}', now())");
    }

    private static StandingClock At(int day) => new(new DateTimeOffset(2026, 5, day, 12, 0, 0, TimeSpan.Zero));
}
