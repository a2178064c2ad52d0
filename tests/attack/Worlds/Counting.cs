using KpTelemetry.Pipeline.Tests;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>An event and who is behind it.</summary>
internal sealed record Deed(Person Person, TestEvent Event);

/// <summary>A group of the log of one partition. A group of no deeds moves the clock only.</summary>
internal sealed record LoggedGroup(GroupHeader Header, IReadOnlyList<Deed> Deeds);

/// <summary>
/// Counts a partition's log with the product's own fold, once for all and once for each person alone under the same
/// clock, so that who is behind a number is known without a second model of the counting.
/// </summary>
internal static class Counting
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    /// <summary>The blocks of every partition's log in the order of their commits.</summary>
    public static List<CountedBlock> Count(IReadOnlyList<LoggedGroup>[] logs, List<int>[] cuts, IEnumerable<(int Partition, int Block)> order)
    {
        var counted = logs.Select((log, partition) => Count(log, World.Site, cuts[partition])).ToArray();
        return [.. order.Select((place, i) => counted[place.Partition][place.Block] with { Seq = i + 1 })];
    }

    /// <summary>The blocks of a log that is cut after the given numbers of groups, the last cut at its end; each numbered 0.</summary>
    public static List<CountedBlock> Count(IReadOnlyList<LoggedGroup> log, SiteStamp site, IReadOnlyList<int> cuts)
    {
        var people = log.SelectMany(group => group.Deeds).Select(deed => deed.Person).Distinct().ToList();
        var all = Fold(log, site, cuts, _ => true);
        var alone = people.ConvertAll(person => (person, Blocks: Fold(log, site, cuts, deed => deed.Person == person)));
        return [.. all.Select((block, i) => new CountedBlock(0, block.Cells,
            [.. from one in alone from cell in one.Blocks[i].Cells select new Share(one.person.Number, CellKey.Of(cell), cell.Counters)])
        {
            Partition = people.Count == 0 ? 0 : people[0].Partition,
            Days = block.Days,
        })];
    }

    private static List<BlockContent> Fold(IReadOnlyList<LoggedGroup> log, SiteStamp site, IReadOnlyList<int> cuts, Func<Deed, bool> isCounted)
    {
        using var fold = new PartitionFold(Lists.Reference, FoldStart.Empty);
        var reader = new EventBatchReader();
        var blocks = new List<BlockContent>();
        for (var i = 0; i < log.Count; i++)
        {
            TestEvent[] events = [.. log[i].Deeds.Where(isCounted).Select(deed => deed.Event)];
            var header = log[i].Header.Clone();
            header.Rows = (uint)events.Length;
            if (fold.Begin(i, header) && header.Kind == GroupKind.Telemetry && events.Length > 0)
            {
                Xunit.Assert.True(reader.TryRead(TestGroups.Body(new TestGroup(header, events, site))));
                fold.Fold(i, header, reader, Key);
            }

            if (cuts.Contains(i + 1))
                blocks.Add(fold.TakeBlock());
        }

        return blocks;
    }
}
