using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Watermarks, ends of states, days of zones: everything that comes from the log's own time.</summary>
public sealed class LogTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private const string Agent = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0";

    [Fact]
    public void Watermark_IsTheSlowestInstance_UntilItIsSilentForFiveMinutes()
    {
        using var folding = new Folding();
        folding.Add(Tick(1, 1, Noon), Tick(2, 1, Noon.AddMinutes(1)));
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), folding.Cut().WatermarkMs);

        folding.Add(Tick(2, 2, Noon.AddMinutes(5)));
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), folding.Cut().WatermarkMs);

        folding.Add(Tick(2, 3, Noon.AddMinutes(5).AddMilliseconds(1)));
        Assert.Equal(Noon.AddMinutes(5).AddMilliseconds(1).ToUnixTimeMilliseconds(), folding.Cut().WatermarkMs);
    }

    [Fact]
    public void Watermark_AfterAFarewell_DoesNotWait()
    {
        using var folding = new Folding();
        folding.Add(Tick(1, 1, Noon), Tick(2, 1, Noon.AddMinutes(1)), new TestGroup(TestGroups.Header(1, 2, GroupKind.Farewell, Noon.AddSeconds(1)), [], null));
        Assert.Equal(Noon.AddMinutes(1).ToUnixTimeMilliseconds(), folding.Cut().WatermarkMs);
    }

    [Fact]
    public void Watermark_NeverGoesBack()
    {
        using var folding = new Folding();
        folding.Add(Tick(1, 1, Noon), Tick(2, 1, Noon.AddHours(-1)));
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), folding.Cut().WatermarkMs);
    }

    [Fact]
    public void State_OfADay_Ends48HoursAfterItsClose()
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.Sample, View(Noon)));
        var close = new DateTimeOffset(2026, 1, 2, 2, 0, 0, TimeSpan.Zero);

        folding.Add(Tick(1, 2, close.AddHours(48).AddMilliseconds(-1)));
        Assert.Equal(1, folding.Fold.LiveDays);
        folding.Add(Tick(1, 3, close.AddHours(48)));
        Assert.Equal(0, folding.Fold.LiveDays);
        Assert.Null(folding.Cut().StateFrom);
        Assert.NotEmpty(folding.Blocks[^1].Cells);
    }

    [Fact]
    public void State_OfAnImportedDay_Ends48HoursAfterItsLastEvents()
    {
        using var folding = new Folding();
        folding.Add(TestGroups.OfFile(1, 1, Noon, TestGroups.File(1, 1, 0, 10, TestGroups.Sample), View(Noon.AddYears(-10))));
        folding.Add(Tick(1, 2, Noon.AddHours(47)));
        Assert.Equal(1, folding.Fold.LiveDays);
        folding.Add(Tick(1, 3, Noon.AddHours(48)));
        Assert.Equal(0, folding.Fold.LiveDays);
    }

    // The key of the day on which it was received may have ended by then.
    [Fact]
    public void Block_OfAGroupThatWaitedInASpool_IsOfTheDayOfTheWatermark()
    {
        using var folding = new Folding();
        folding.Add(Tick(1, 1, Noon.AddDays(5)));
        folding.Cut();
        folding.Add(TestGroups.Live(2, 1, Noon, TestGroups.Sample, View(Noon)));
        Assert.Equal(DateOnly.FromDateTime(Noon.AddDays(5).UtcDateTime), folding.Cut().LogDay);
    }

    [Fact]
    public void Repeat_OfAGroup_IsSkippedWhole()
    {
        var group = TestGroups.Live(1, 7, Noon, TestGroups.Sample, View(Noon));
        using var folding = new Folding();
        folding.Add(group, group);
        folding.Cut();
        Assert.Equal(1, folding.Events(Outcome.Counted));
        Assert.Equal(0, folding.Events(Outcome.Duplicate));
    }

    [Fact]
    public void Repeat_OfAGroup_IsKnownFor14DaysOfItsInstancesSilence()
    {
        using var folding = new Folding();
        folding.Add(Tick(1, 1, Noon), Tick(2, 1, Noon.AddDays(14)));
        Assert.False(folding.Fold.Begin(10, TestGroups.Header(1, 1, GroupKind.Tick, Noon)));
        folding.Add(Tick(2, 2, Noon.AddDays(14).AddMilliseconds(1)));
        Assert.True(folding.Fold.Begin(11, TestGroups.Header(1, 1, GroupKind.Tick, Noon)));
    }

    [Theory]
    [InlineData("1969-12-31T23:59:59Z", false)]
    [InlineData("1970-12-31T23:59:59.999Z", false)]
    [InlineData("1971-01-01T00:00:00Z", true)]
    [InlineData("2104-12-31T23:59:59.999Z", true)]
    [InlineData("2105-01-01T00:00:00Z", false)]
    public void Time_ThatNoDateHoldsInEveryZone_IsNotCounted(string at, bool isCounted)
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.Sample, View(DateTimeOffset.Parse(at))));
        folding.Cut();
        Assert.Equal(isCounted ? 1 : 0, folding.Events(Outcome.Counted));
        Assert.Equal(isCounted ? 0 : 1, folding.Events(Outcome.Rejected));
    }

    [Fact]
    public void EndOfImport_IsHandedOn()
    {
        var header = TestGroups.Header(1, 1, GroupKind.EndOfImport, Noon);
        header.File = TestGroups.File(1, 2, 0, 0, TestGroups.Sample);
        using var folding = new Folding();
        folding.Add(new TestGroup(header, [], null));
        Assert.Equal([new ImportEnd(TestGroups.IdOf(2), "sample", Noon.ToUnixTimeMilliseconds())], folding.Cut().ImportEnds);
    }

    [Theory]
    [InlineData("2026-03-08T07:59:59Z", "2026-03-07", 23)]
    [InlineData("2026-03-08T08:00:00Z", "2026-03-08", 0)]
    [InlineData("2026-03-08T10:00:00Z", "2026-03-08", 3)]
    [InlineData("2026-03-09T06:59:59Z", "2026-03-08", 23)]
    [InlineData("2026-11-01T08:30:00Z", "2026-11-01", 1)]
    [InlineData("2026-11-01T09:30:00Z", "2026-11-01", 1)]
    [InlineData("2026-11-02T07:59:59Z", "2026-11-01", 23)]
    public void Day_IsTheSitesOwn_AcrossChangesOfTheClocks(string at, string day, byte hour)
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.LosAngeles, View(DateTimeOffset.Parse(at))));
        var cell = Assert.Single(folding.Cells().Keys, cell => cell.Table == KpTelemetry.Schemas.Lattice.Table.Site);
        Assert.Equal((DateOnly.Parse(day), hour), (cell.Day, cell.Hour));
    }

    [Theory]
    [InlineData("2026-03-08T20:00:00Z", "2026-03-09T07:00:00Z")]
    [InlineData("2026-11-01T20:00:00Z", "2026-11-02T08:00:00Z")]
    public void EndOfDay_IsTheZonesMidnight(string at, string end)
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.LosAngeles, View(DateTimeOffset.Parse(at))));
        Assert.Equal(DateTimeOffset.Parse(end).ToUnixTimeMilliseconds(), Assert.Single(folding.Cut().Days).EndsAtMs);
    }

    // Havana's clocks change at midnight: one day begins at one o'clock, another has its first hour twice.
    [Theory]
    [InlineData("2026-03-07T20:00:00Z", "2026-03-08T05:00:00Z")]
    [InlineData("2026-03-08T20:00:00Z", "2026-03-09T04:00:00Z")]
    [InlineData("2026-10-31T20:00:00Z", "2026-11-01T04:00:00Z")]
    [InlineData("2026-11-01T04:30:00Z", "2026-11-02T05:00:00Z")]
    public void EndOfDay_BeforeADayThatBeginsInAChangedHour_IsItsFirstMoment(string at, string end)
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.Stamp("havana", "America/Havana", "havana.example"), View(DateTimeOffset.Parse(at))));
        Assert.Equal(DateTimeOffset.Parse(end).ToUnixTimeMilliseconds(), Assert.Single(folding.Cut().Days).EndsAtMs);
    }

    // Newfoundland's clocks changed a minute past midnight until 2011: in spring from 0:01 to 1:01, in autumn back to 23:01.
    [Theory]
    [InlineData("2010-03-14T03:30:30Z", "2010-03-14", 0)]
    [InlineData("2010-03-14T03:31:30Z", "2010-03-14", 1)]
    [InlineData("2010-11-07T02:30:30Z", "2010-11-07", 0)]
    [InlineData("2010-11-07T02:31:30Z", "2010-11-06", 23)]
    [InlineData("2010-11-07T03:29:59Z", "2010-11-06", 23)]
    [InlineData("2010-11-07T03:30:00Z", "2010-11-07", 0)]
    public void Event_BesideAChangeWithinAQuarterHour_IsOfItsOwnHour(string at, string day, int hour)
    {
        using var folding = new Folding();
        var site = TestGroups.Stamp("gander", "America/St_Johns", "gander.example");
        folding.Add(TestGroups.Live(1, 1, Noon, site, [.. new[] { "2010-03-14T03:30:15Z", "2010-11-07T02:30:15Z", "2010-11-07T02:44:00Z" }.Select(other => View(DateTimeOffset.Parse(other)))]));
        var before = folding.Cells();
        folding.Add(TestGroups.Live(1, 2, Noon, site, View(DateTimeOffset.Parse(at))));
        var added = Assert.Single(folding.Cells(), cell => cell.Key.Table == KpTelemetry.Schemas.Lattice.Table.Site && cell.Value.Requests > before.GetValueOrDefault(cell.Key).Requests);
        Assert.Equal((DateOnly.Parse(day), hour), (added.Key.Day, (int)added.Key.Hour));
    }

    [Fact]
    public void EndOfDay_ThatTheClockGoesBackInto_IsTheSecondMidnight()
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.Stamp("gander", "America/St_Johns", "gander.example"), View(DateTimeOffset.Parse("2010-11-06T20:00:00Z"))));
        Assert.Equal(DateTimeOffset.Parse("2010-11-07T03:30:00Z").ToUnixTimeMilliseconds(), Assert.Single(folding.Cut().Days).EndsAtMs);
    }

    [Fact]
    public void Bytes_OfOneAnswer_CountUpToATebibyte()
    {
        using var folding = new Folding();
        folding.Add(TestGroups.Live(1, 1, Noon, TestGroups.Sample, View(Noon) with { Bytes = (1L << 40) - 1 }, View(Noon) with { Bytes = 1L << 41 }));
        Assert.Equal((1L << 41) - 1, folding.Cells().Where(cell => cell.Key.Table == KpTelemetry.Schemas.Lattice.Table.Site).Sum(cell => cell.Value.Bytes));
    }

    [Fact]
    public void Visitor_KnownUnderYesterdaysKey_IsNotNewToday()
    {
        using var folding = new Folding();
        var before = TestGroups.Live(1, 1, Noon, TestGroups.LosAngeles, View(Noon));
        var after = TestGroups.Live(1, 2, Noon.AddHours(13), TestGroups.LosAngeles, View(Noon.AddHours(13)));
        after.Header.StateKey = "state/2026-01-02";
        folding.Add(before, after);
        Assert.Equal(1, folding.Cells().Where(cell => cell.Key.Table == KpTelemetry.Schemas.Lattice.Table.Site).Sum(cell => cell.Value.Visitors));
    }

    [Fact]
    public void Save_AndLoad_KeepTheClock()
    {
        using var first = new Folding();
        first.Add(Tick(1, 1, Noon), Tick(2, 5, Noon.AddMinutes(1)), Tick(1, 9, Noon.AddMinutes(2)));
        using var second = new Folding(new FoldStart(first.Fold.SaveClock(), []));
        Assert.Equal(first.Cut().WatermarkMs, second.Cut().WatermarkMs);
        Assert.False(second.Fold.Begin(0, TestGroups.Header(1, 9, GroupKind.Tick, Noon.AddMinutes(3))));
        Assert.True(second.Fold.Begin(0, TestGroups.Header(1, 8, GroupKind.Tick, Noon.AddMinutes(3))));
    }

    private static TestEvent View(DateTimeOffset at) => new(at, "8.8.8.8", Agent, "/");

    private static TestGroup Tick(int instance, ulong sequence, DateTimeOffset at) => new(TestGroups.Header(instance, sequence, GroupKind.Tick, at), [], null);
}
