using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>When a day closes, when what came after it is settled, and whether it is told in steps before; in numbers of blocks.</summary>
public sealed record DayPlan(DateOnly Day, long CloseAfter, IReadOnlyList<long> SettleAfter, bool IsStepping)
{
    /// <summary>The close, and every settling after it.</summary>
    public IEnumerable<long> Settles => SettleAfter.Prepend(CloseAfter);
}

/// <summary>What happened to a site, as the processors counted it, and who was behind it.</summary>
/// <param name="Seed">Makes the same world again.</param>
public sealed record World(int Seed, IReadOnlyList<Person> People, IReadOnlyList<CountedBlock> Blocks, IReadOnlyList<DayPlan> Days)
{
    public const string FirstPage = "/a";

    /// <summary>A page in whose label a detector finds an identifier, if any: whatever is told of it is told of whom it names.</summary>
    public string? NamesSomebody { get; init; }

    /// <summary>The block of a rebuild, which adds differences: those of a person can be below zero, and tables can move alone; 0 where nothing was rebuilt.</summary>
    public long RebuiltIn { get; init; }

    private readonly ILookup<DateOnly, (long Seq, Cell Cell)> _cells = Blocks.SelectMany(block => block.Cells.Select(cell => (block.Seq, cell))).ToLookup(one => one.cell.Day);
    private readonly ILookup<DateOnly, (long Seq, Share Share)> _shares = Blocks.SelectMany(block => block.Shares.Select(share => (block.Seq, share))).ToLookup(one => one.share.Cell.Day);

    /// <summary>The cells of a day, each with the place of its block.</summary>
    public IEnumerable<(long Seq, Cell Cell)> CellsOf(DateOnly day) => _cells[day];

    /// <summary>Where the day's state ended in a partition and began again later: the last block before, the last one whose visitors may count again, and the block in which it began.</summary>
    public IEnumerable<(long Known, long Through, long Since)> Forgotten(DateOnly day) =>
        Blocks.GroupBy(block => block.Partition).SelectMany(blocks => Forgotten(day, [.. blocks.Where(block => block.Days.Any(touched => touched.Day == day))])).OrderBy(one => one.Through);

    private static IEnumerable<(long Known, long Through, long Since)> Forgotten(DateOnly day, IReadOnlyList<CountedBlock> blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            var known = i == 0 ? 0 : blocks[i - 1].Seq;
            if (blocks[i].Days.Count(touched => touched.Day == day) > 1)
                yield return (known, blocks[i].Seq, blocks[i].Seq);
            else if (i > 0 && blocks[i].Days.Any(touched => touched.Day == day && touched.Began))
                yield return (known, known, blocks[i].Seq);
        }
    }

    /// <summary>What each person adds to them.</summary>
    public IEnumerable<(long Seq, Share Share)> SharesOf(DateOnly day) => _shares[day];

    /// <summary>Bytes of a page's answer. Whoever fetches the page knows them, and no two mixes of a few pages come to the same.</summary>
    public static long SizeOf(string page) => 1000 + (page.Length == 2 ? 97_001L * (page[1] - 'a' + 1) * (page[1] - 'a' + 2) : 0);

    /// <summary>Whether nobody shares a network, so that everybody vouches and the attacker knows it.</summary>
    public bool EverybodyVouches => !People.Any(person => person.IsUntold) && People.GroupBy(person => person.Network).All(network => network.Count() <= 2);

    /// <summary>Whether nobody made another request than page views.</summary>
    public bool EveryRequestIsAView { get; } = Blocks.SelectMany(block => block.Shares).Where(share => share.Cell.Table.Kind == TableKind.Site)
        .All(share => share.Counters.Requests == share.Counters.PageViews);

    /// <summary>How many people the attacker made, whose doings it knows.</summary>
    public bool HasFakes => People.Any(person => person.IsFake);

    internal static SiteStamp Site => TestGroups.Sample;
}
