using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>When a day closes, when what came after it is settled, and whether it is told in steps before; in numbers of blocks.</summary>
public sealed record DayPlan(DateOnly Day, long CloseAfter, IReadOnlyList<long> SettleAfter, bool IsStepping);

/// <summary>What happened to a site, as the processors counted it, and who was behind it.</summary>
/// <param name="Seed">Makes the same world again.</param>
public sealed record World(int Seed, IReadOnlyList<Person> People, IReadOnlyList<CountedBlock> Blocks, IReadOnlyList<DayPlan> Days)
{
    public const string FirstPage = "/a";

    /// <summary>A page in whose label a detector finds an identifier, if any: whatever is told of it is told of whom it names.</summary>
    public string? NamesSomebody { get; init; }

    /// <summary>Bytes of a page's answer. Whoever fetches the page knows them, and no two mixes of a few pages come to the same.</summary>
    public static long SizeOf(string page) => 1000 + (page.Length == 2 ? 97_001L * (page[1] - 'a' + 1) * (page[1] - 'a' + 2) : 0);

    /// <summary>Whether nobody shares a network, so that everybody vouches and the attacker knows it.</summary>
    public bool EverybodyVouches => People.GroupBy(person => person.Network).All(network => network.Count() <= 2);

    /// <summary>How many people the attacker made, whose doings it knows.</summary>
    public bool HasFakes => People.Any(person => person.IsFake);

    internal static SiteStamp Site => TestGroups.Sample;
}
