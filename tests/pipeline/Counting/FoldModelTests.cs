using System.Text.Json;
using CsCheck;
using KpTelemetry.Pipeline.Tests.Policies;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>The fold against the simple model, over random logs: every counter of every table.</summary>
public sealed class FoldModelTests
{
    [Fact]
    public void Fold_AnyStream_CountsAsTheSimpleModel() => CompareWithModel(logs: 700);

    [Fact]
    [Trait("Length", "long")]
    public void Fold_ManyStreams_CountAsTheSimpleModel() => CompareWithModel(logs: 4_000);

    [Fact]
    public void Fold_CutAnywhere_ComesToTheSame() => Gen.Select(Streams.Of(1, 40), Gen.Int[0, 39].List[0, 6]).Check(
        (log, cuts) =>
        {
            using var whole = new Folding();
            using var pieces = new Folding();
            whole.Add(log).Add(Streams.Ending(log));
            for (var i = 0; i < log.Length; i++)
            {
                pieces.Add(log[i]);
                if (cuts.Contains(i))
                    pieces.Cut();
            }

            AssertEqual(whole.Cells(), pieces.Add(Streams.Ending(log)).Cells());
        },
        iter: 150, threads: 1);

    [Fact]
    public void Fold_ReplayedFromWhereItsStateBegins_GivesEqualBlocks() => CompareWithReplay(PolicyBook.OfBuiltIn);

    // Each group was received under any of them, whatever the order.
    [Fact]
    public void Fold_OfManyRevisionsReplayedFromWhereItsStateBegins_GivesEqualBlocks() => CompareWithReplay(PolicyBook.Of(
    [
        TestPolicies.Document(new DateOnly(2026, 3, 1), ("stateHours", 6), ("latenessMinutes", 60)),
        TestPolicies.Document(new DateOnly(2026, 3, 8), ("stateHours", 48), ("latenessMinutes", 30), ("visitGapMinutes", 10)),
        TestPolicies.Document(new DateOnly(2026, 3, 9), ("stateHours", 72), ("latenessMinutes", 2880), ("rawDays", 30)),
    ]));

    private static void CompareWithReplay(PolicyBook policies) => Gen.Select(Streams.Of(2, 60), Gen.Int[1, 59], Gen.Int[0, 400].List[60], Gen.Int[0, policies.Revisions.Count - 1].List[60]).Check(
        (groups, cut, hours, revisions) =>
        {
            cut = Math.Min(cut, groups.Length - 1);
            // Long silences, so that states end on the way.
            var silence = 0;
            var log = groups.Select((group, i) => TestGroups.Under(Later(group, silence += hours[i] < 385 ? 0 : hours[i] / 8), policies.Revisions[revisions[i]].Name)).ToArray();
            log = [.. log, .. Streams.Ending(log)];
            using var first = new Folding(policies: policies);
            var starts = new List<FoldStart>();
            foreach (var group in log)
            {
                starts.Add(new FoldStart(first.Fold.SaveClock(), [.. first.Blocks.SelectMany(block => block.Covered)]));
                first.Add(group);
                first.Cut();
            }

            var from = (int)(first.Blocks[cut - 1].StateFrom ?? cut);
            using var second = new Folding(starts[from], from, policies);
            second.Add(log[from..cut]).Cut();
            second.Blocks.Clear();
            foreach (var group in log[cut..])
                second.Add(group).Cut();
            Assert.Equal(first.Blocks.Skip(cut).Select(Text), second.Blocks.Select(Text));
        },
        iter: 400, threads: 1);

    [Fact]
    public void Fold_WithDaysPackedAndUnpacked_GivesEqualBlocks()
    {
        var packed = 0;
        Gen.Select(Streams.Of(2, 60), Gen.Bool.List[62]).Check(
            (groups, cuts) =>
            {
                TestGroup[] log = [.. groups, .. Streams.Ending(groups)];
                using var plain = new Folding();
                using var packing = new Folding(packing: Folding.Always);
                for (var i = 0; i < log.Length; i++)
                {
                    plain.Add(log[i]);
                    packing.Add(log[i]);
                    packed += packing.Fold.Packed.Days;
                    Assert.Equal(plain.Fold.StateEntries, packing.Fold.StateEntries);
                    Assert.Equal(plain.Fold.Cells, packing.Fold.Cells);
                    if (cuts[i % cuts.Count])
                        Assert.Equal(Text(plain.Cut()), Text(packing.Cut()));
                }

                Assert.Equal(Text(plain.Cut()), Text(packing.Cut()));
            },
            iter: 400, threads: 1);
        Assert.True(packed > 1000, $"{packed} times a day was packed");
    }

    private static void CompareWithModel(int logs) => Streams.Of(1, 60).Check(
        log =>
        {
            using var folding = new Folding();
            var model = new SimpleModel();
            folding.Add(log);
            model.Add(log);
            AssertEqual(model.Cells, folding.Cells());
            folding.Add(Streams.Ending(log));
            model.Add(Streams.Ending(log));
            AssertEqual(model.Cells, folding.Cells());
            Assert.Equal(model.Counted, folding.Events(Outcome.Counted));
            Assert.Equal(model.Duplicates, folding.Events(Outcome.Duplicate));
            Assert.Equal(model.Refused, folding.Events(Outcome.Rejected) + folding.Events(Outcome.Dropped));
        },
        iter: logs, threads: 1);

    // Cells in their order, books, pointers, days: everything that a block hands over but for where its state begins.
    internal static string Text(BlockContent block) => JsonSerializer.Serialize(new
    {
        Cells = block.Cells.Select(cell => (cell.Site, cell.Day, cell.Table.Id, cell.Hour, cell.Label, cell.Counters).ToString()),
        Books = block.Books.OrderBy(entry => entry.ToString()),
        block.Rejected,
        block.Days,
        block.ImportEnds,
        block.WatermarkMs,
        block.LogDay,
    });

    private static TestGroup Later(TestGroup group, int hours)
    {
        var header = group.Header.Clone();
        header.ReceivedFromMs = header.ReceivedToMs += hours * 3_600_000L;
        return group with
        {
            Header = header,
            Events = header.File is null ? [.. group.Events.Select(told => told with { At = told.At.AddHours(hours) })] : group.Events,
        };
    }

    internal static void AssertEqual(Dictionary<CellName, Counters> expected, Dictionary<CellName, Counters> found)
    {
        foreach (var (name, counters) in expected)
            Assert.True(found.TryGetValue(name, out var other) && other == counters, $"{name.Day} {name.Table.Dimension} {name.Hour} {name.Label}: {Difference(counters, found.GetValueOrDefault(name))}");
        Assert.Equal(expected.Count, found.Count);
    }

    private static string Difference(Counters expected, Counters found)
    {
        var (one, other) = (expected.Values.ToArray(), found.Values.ToArray());
        return string.Join(", ", Counters.Columns.Select((column, i) => (column, i)).Where(at => one[at.i] != other[at.i]).Select(at => $"{at.column} expected {one[at.i]}, found {other[at.i]}"));
    }
}
