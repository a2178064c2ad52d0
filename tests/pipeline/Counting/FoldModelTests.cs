using CsCheck;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>The fold against the simple model, over streams with several sources and instances, repeats, gaps, ends of days and changes of the clocks.</summary>
public sealed class FoldModelTests
{
    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "-",
    ];

    private static readonly string[] Paths = ["/", "/a", "/b.html", "/users/123456", "/x.css", "/robots.txt", "/%61"];
    private static readonly string[] Referrers = ["", "https://kp.org/", "https://www.google.com/search"];
    private static readonly int[] Statuses = [200, 304, 404, 206, 999];
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "BREW"];
    private static readonly SiteStamp?[] Sites = [TestGroups.Sample, TestGroups.LosAngeles, null];

    // Around the change to summer time in Los Angeles, within a little more than two days.
    private static readonly DateTimeOffset Start = new(2026, 3, 7, 22, 0, 0, TimeSpan.Zero);

    private static readonly Gen<TestEvent> Event =
        from minute in Gen.Int[0, 60 * 50]
        from address in Gen.OneOf(Gen.Int[0, 5].Select(n => $"10.0.0.{n}"), Gen.Int[0, 3].Select(n => $"8.8.{n}.8"), Gen.Int[0, 2].Select(n => $"2001:db8:{n}::1"))
        from agent in Gen.Int[0, Agents.Length - 1]
        from path in Gen.Int[0, Paths.Length - 1]
        from referrer in Gen.Int[0, Referrers.Length - 1]
        from status in Gen.Int[0, 4].Select(i => Statuses[i])
        from method in Gen.Int[0, 4].Select(i => Methods[i])
        from kind in Gen.Int[0, 9]
        select new TestEvent(
            Start.AddMinutes(minute), address, Agents[agent], Paths[path], kind == 0 ? 0 : status, 7, kind == 0 ? "" : method, Referrers[referrer],
            Reason: kind == 1 ? Reason.BadTime : kind == 2 ? Reason.OptedOut : Reason.None,
            Flags: kind == 0 ? EventFlags.Pixel : EventFlags.None, Event: kind == 0 && minute % 2 == 0 ? "clicked" : "");

    private static readonly Gen<TestGroup> Group =
        from instance in Gen.Int[1, 2]
        from sequence in Gen.ULong[1, 30]
        from site in Gen.Int[0, Sites.Length - 1]
        from source in Gen.Int[0, 3]
        from at in Gen.Int[0, 8]
        from events in Event.List[0, 12]
        select Make(instance, sequence, Sites[site], source, at * 50, events);

    [Fact]
    public void Fold_AnyStream_CountsAsTheSimpleModel() => Group.List[1, 40].Sample(
        groups =>
        {
            using var folding = new Folding();
            var model = new SimpleModel();
            foreach (var group in groups)
            {
                folding.Add(group);
                model.Add(group);
            }

            AssertEqual(model.Cells, folding.Cells());
            Assert.Equal(model.Counted, folding.Events(Outcome.Counted));
            Assert.Equal(model.Duplicates, folding.Events(Outcome.Duplicate));
            Assert.Equal(model.Refused, folding.Events(Outcome.Rejected) + folding.Events(Outcome.Dropped));
        },
        iter: 400, threads: 1);

    [Fact]
    public void Fold_CutAnywhere_ComesToTheSame() => Gen.Select(Group.List[1, 30], Gen.Int[0, 29].List[0, 6]).Sample(
        (groups, cuts) =>
        {
            using var whole = new Folding();
            using var pieces = new Folding();
            whole.Add(groups);
            for (var i = 0; i < groups.Count; i++)
            {
                pieces.Add(groups[i]);
                if (cuts.Contains(i))
                    pieces.Cut();
            }

            AssertEqual(whole.Cells(), pieces.Cells());
        },
        iter: 150, threads: 1);

    [Fact]
    public void Fold_ReplayedFromWhereItsStateBegins_GoesOnAsTheFirstDid() => Gen.Select(Group.List[2, 30], Gen.Int[1, 29], Gen.Int[0, 200].List[30]).Sample(
        (groups, cut, hours) =>
        {
            cut = Math.Min(cut, groups.Count - 1);
            // Long silences, so that states end on the way.
            var received = Start.AddDays(3);
            var log = groups.Select((group, i) => Received(group, received = received.AddHours(hours[i] < 190 ? 0 : hours[i] / 2))).ToArray();
            using var first = new Folding();
            var starts = new List<FoldStart>();
            foreach (var group in log)
            {
                starts.Add(new FoldStart(first.Fold.SaveClock(), Merged(first.Blocks)));
                first.Add(group);
                first.Cut();
            }

            var from = (int)(first.Blocks[cut - 1].StateFrom ?? cut);
            using var second = new Folding(starts[from], from);
            second.Add(log[from..cut]).Cut();
            second.Blocks.Clear();
            second.Add(log[cut..]);
            AssertEqual(Folding.Sum(first.Blocks.Skip(cut)), second.Cells());
            Assert.Equal(first.Blocks.Skip(cut).SelectMany(block => block.Books).Sum(entry => entry.Events * (int)(entry.Outcome + 1)), second.Blocks.SelectMany(block => block.Books).Sum(entry => entry.Events * (int)(entry.Outcome + 1)));
        },
        iter: 200, threads: 1);

    private static TestGroup Received(TestGroup group, DateTimeOffset at)
    {
        var header = group.Header.Clone();
        header.ReceivedFromMs = header.ReceivedToMs = at.ToUnixTimeMilliseconds();
        return group with { Header = header };
    }

    private static CoveredSource[] Merged(IEnumerable<BlockContent> blocks) => [.. blocks.SelectMany(block => block.Covered)];

    private static TestGroup Make(int instance, ulong sequence, SiteStamp? site, int source, int from, List<TestEvent> events)
    {
        var received = Start.AddDays(3).AddSeconds(sequence);
        if (source == 0 || site is null)
            return TestGroups.Live(instance, sequence, received, site, events);
        var placed = events.Select((told, i) => told with { Position = from + (i * 10) }).ToArray();
        return TestGroups.OfFile(instance, sequence, received, TestGroups.File(source + (site.Name == "sample" ? 10 : 20), source, from, from + (events.Count * 10), site), placed);
    }

    private static void AssertEqual(Dictionary<CellName, KpTelemetry.Privacy.Counters> expected, Dictionary<CellName, KpTelemetry.Privacy.Counters> found)
    {
        foreach (var (name, counters) in expected)
            Assert.True(found.TryGetValue(name, out var other) && other == counters, $"{name}: expected {counters}, found {(found.TryGetValue(name, out var f) ? f : null)}");
        Assert.Equal(expected.Count, found.Count);
    }
}
