using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Pipeline.Tests.Policies;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Logs in which days end whose beginning a later replay does not see: wherever it begins, it gives equal blocks.</summary>
public sealed class ReplayTests
{
    private const string Agent = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0";
    private static readonly DateTimeOffset Morning = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    // The first two rule on the day before; the third takes effect on it.
    private static readonly PolicyBook Laxer = PolicyBook.Of(
    [
        TestPolicies.Document(new DateOnly(2025, 12, 1), ("stateHours", 12), ("latenessMinutes", 60)),
        TestPolicies.Document(new DateOnly(2026, 1, 1), ("stateHours", 48), ("latenessMinutes", 60)),
        TestPolicies.Document(new DateOnly(2026, 1, 2), ("stateHours", 48), ("latenessMinutes", 2880), ("rawDays", 30)),
    ]);

    [Fact]
    public void Replay_FromBehindAnEventThatIsRepeated_GivesEqualBlocks() => AssertReplays(
        // Whoever begins with the second takes the repeat for the first, and the day to be as young.
        TestGroups.Live(1, 1, Morning, TestGroups.Sample, Numbered(Morning)),
        Other(2, 1),
        Other(3, 30),
        TestGroups.Live(1, 4, Morning.AddHours(47), TestGroups.Sample, Numbered(Morning)),
        Other(5, 60),
        Other(6, 80),
        File(7, 1, 82, 0, Numbered(Morning) with { Nonce = "" }),
        File(8, 1, 82, 10, Numbered(Morning.AddHours(1)) with { Nonce = "" }));

    [Fact]
    public void Replay_OverAnEndInPartsOfDaysOfWhichSomeHaveEnded_GivesEqualBlocks()
    {
        // Another import goes on beside the end: which of its days lie in the part decides which of its visits go on.
        var end = TestGroups.Header(1, 5, GroupKind.EndingImport, Morning.AddHours(2));
        end.File = TestGroups.File(1, 1, 0, 0, TestGroups.Sample);
        (end.File.Part, end.File.Parts) = (1, 2);
        AssertReplays(
            File(1, 1, 0, 0, Stories.View(5, Morning.AddDays(-30))),
            File(2, 2, 0, 0, Stories.View(5, Morning.AddDays(-20))),
            Other(3, 1),
            File(4, 2, 2, 10, Stories.View(1, Morning.AddDays(-10)), Stories.View(1, Morning.AddDays(-8))),
            new TestGroup(end, [], null),
            File(6, 2, 2, 30, Stories.View(1, Morning.AddDays(-10).AddMinutes(1)), Stories.View(1, Morning.AddDays(-8).AddMinutes(1))),
            Other(7, 48.5),
            File(8, 2, 49, 50, Stories.View(1, Morning.AddDays(-10).AddHours(10)), Stories.View(1, Morning.AddDays(-8).AddHours(10))),
            Stories.Tick(9, Morning.AddDays(9)));
    }

    [Fact]
    public void Replay_OfADayWhoseFirstVisitBeganOnTheDayBefore_BeginsWithThatDay()
    {
        var (evening, night) = (Morning.AddHours(17.9), Morning.AddHours(18.1));
        AssertReplays(
            TestGroups.Live(1, 1, evening, TestGroups.Sample, Stories.View(1, evening)),
            TestGroups.Live(1, 2, night, TestGroups.Sample, Stories.View(1, night)),
            // The day before has ended; the visitor's first visit of the day itself is still to come.
            Stories.Tick(3, Morning.AddHours(69)),
            File(4, 1, 70, 0, Stories.View(1, Morning.AddHours(28))),
            Stories.Tick(5, Morning.AddDays(9)));
    }

    [Theory]
    [InlineData("20251201", "20260101", 20)]
    [InlineData("20260101", "20260102", 70)]
    [InlineData("20251201", "20260102", 20)]
    [InlineData("20260102", "20251201", 20)]
    public void Replay_FromWithinADayOfTwoRevisions_GivesEqualBlocks(string first, string second, double later) => AssertReplays(
        Laxer,
        // Whoever begins with the second knows nothing of the first revision's event.
        TestGroups.Under(TestGroups.Live(1, 1, Morning, TestGroups.Sample, Stories.View(1, Morning)), first),
        Other(2, 1),
        TestGroups.Under(TestGroups.Live(1, 3, Morning.AddHours(2), TestGroups.Sample, Stories.View(2, Morning.AddHours(2))), second),
        Other(4, later),
        Other(5, later + 20),
        File(6, 1, later + 21, 0, Stories.View(2, Morning.AddHours(3))),
        Other(7, later + 40),
        File(8, 1, later + 41, 10, Stories.View(2, Morning.AddHours(4))));

    [Fact]
    public void Replay_FromBehindAnEventThatIsRepeatedUnderALaxerRevision_GivesEqualBlocks() => AssertReplays(
        Laxer,
        TestGroups.Under(TestGroups.Live(1, 1, Morning, TestGroups.Sample, Numbered(Morning)), "20251201"),
        Other(2, 1),
        Other(3, 41),
        // The day's state ended six hours ago.
        TestGroups.Under(TestGroups.Live(1, 4, Morning.AddHours(42), TestGroups.Sample, Numbered(Morning)), "20260102"),
        Other(5, 60),
        File(6, 1, 62, 0, Numbered(Morning) with { Nonce = "" }));

    [Fact]
    public void Replay_FromBehindAFarewell_WaitsForWhoeverLeftNoMore()
    {
        using var first = new Folding();
        first.Add(Stories.Tick(1, Morning), new TestGroup(TestGroups.Header(2, 1, GroupKind.Farewell, Morning), [], null));
        using var second = new Folding(new FoldStart(first.Fold.SaveClock(), []), 2);
        var later = Morning.AddMinutes(2);
        Assert.Equal(later.ToUnixTimeMilliseconds(), second.Add(Stories.Tick(2, later)).Cut().WatermarkMs);
    }

    private static void AssertReplays(params TestGroup[] log) => AssertReplays(PolicyBook.OfBuiltIn, log);

    private static void AssertReplays(PolicyBook policies, params TestGroup[] log)
    {
        using var first = new Folding(policies: policies);
        var starts = new List<FoldStart>();
        foreach (var group in log)
        {
            starts.Add(new FoldStart(first.Fold.SaveClock(), [.. first.Blocks.SelectMany(block => block.Covered)]));
            first.Add(group).Cut();
        }

        for (var cut = 1; cut < log.Length; cut++)
        {
            for (var from = 0; from <= (first.Blocks[cut - 1].StateFrom ?? cut); from++)
            {
                using var second = new Folding(starts[from], from, policies);
                second.Add(log[from..cut]).Cut();
                second.Blocks.Clear();
                foreach (var group in log[cut..])
                    second.Add(group).Cut();
                Assert.Equal(first.Blocks.Skip(cut).Select(FoldModelTests.Text), second.Blocks.Select(FoldModelTests.Text));
            }
        }
    }

    private static TestEvent Numbered(DateTimeOffset at) => new(at, "8.8.8.8", Agent, "/", 0, 0, "", Flags: EventFlags.Pixel, Client: "cookie", Nonce: "run", Counter: 1);

    // A site whose days keep the log from being forgotten.
    private static TestGroup Other(ulong sequence, double hours) => TestGroups.Live(1, sequence, Morning.AddHours(hours), TestGroups.LosAngeles, Stories.View(1, Morning.AddHours(hours)));

    private static TestGroup File(ulong sequence, int import, double hours, long from, params TestEvent[] events) => TestGroups.OfFile(
        1, sequence, Morning.AddHours(hours), TestGroups.File(import, import, from, from + 10, TestGroups.Sample), [.. events.Select((told, i) => told with { Position = from + i })]);
}
