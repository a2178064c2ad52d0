using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A figure that people are behind.</summary>
public sealed record Figure(string Name, Func<Counters, long> Of)
{
    public static readonly Figure Views = new("page views", counters => counters.PageViews);
    public static readonly Figure Visitors = new("visitors", counters => counters.Visitors);
    public static readonly Figure Visits = new("visits", counters => counters.Visits);
    public static readonly Figure Bounces = new("bounces", counters => counters.Bounces);
    public static readonly Figure Further = new("visits of several page views", counters => counters.Visits - counters.Bounces);
    public static readonly Figure Seconds = new("seconds of visits", counters => counters.VisitSeconds);
    public static readonly Figure New = new("new visitors", counters => counters.NewVisitors);
    public static readonly Figure Others = new("visitors who are not new", counters => counters.Visitors - counters.NewVisitors);
    public static readonly Figure Stays = new("page views that another followed", counters => counters.Stays);
    public static readonly Figure Last = new("page views that none followed", counters => counters.PageViews - counters.Stays);
    public static readonly Figure StaySeconds = new("seconds on a page", counters => counters.StaySeconds);
    /// <summary>Who is behind seconds: whoever stayed, be it for none.</summary>
    public static Figure Behind(Figure figure) => figure == Seconds ? Further : figure == StaySeconds ? Stays : figure;

    /// <summary>What a tree or pair is told by.</summary>
    public static Figure By(Table table) => table.Basis == Basis.Visits ? Visits : Views;

    public static readonly Figure Requests = new("requests", counters => counters.Requests);
}

/// <summary>Who is behind what on a day: judges what the attacker has found, and nothing else.</summary>
public sealed class Truth
{
    private readonly Dictionary<(Table Table, string Label), List<(long Seq, int Hour, int Person, Counters Counters)>> _shares;
    private readonly ILookup<(Table Table, string Label), (long Seq, Counters Counters)> _cells;
    private readonly HashSet<int> _fakes;
    private readonly long _rebuiltIn;

    public Truth(World world, DateOnly day)
    {
        _rebuiltIn = world.RebuiltIn;
        _cells = world.CellsOf(day).ToLookup(one => (one.Cell.Table, one.Cell.Label), one => (one.Seq, one.Cell.Counters));
        _fakes = [.. world.People.Where(person => person.IsFake).Select(person => person.Number)];
        _shares = world.SharesOf(day)
            .GroupBy(one => (one.Share.Cell.Table, one.Share.Cell.Label), one => (one.Seq, (int)one.Share.Cell.Hour, one.Share.Person, one.Share.Counters))
            .ToDictionary(cell => cell.Key, cell => cell.ToList());
    }

    /// <summary>Labels of a table that anybody has, published or not: the attacker knows the site.</summary>
    public IReadOnlyList<string> LabelsOf(Table table) => [.. _shares.Keys.Where(cell => cell.Table == table).Select(cell => cell.Label).Order(StringComparer.Ordinal)];

    public long Sum(Table table, string label, Figure figure, long after, long through) => _cells[(table, label)].Where(cell => cell.Seq > after && cell.Seq <= through).Sum(cell => figure.Of(cell.Counters));

    /// <summary>Whether a rebuild is among the blocks.</summary>
    public bool IsRebuilt(long after, long through) => after < _rebuiltIn && _rebuiltIn <= through;

    /// <summary>The real people behind a figure; whoever is fake is known to the attacker, who takes their part away.</summary>
    public IEnumerable<int> People(Table table, string label, Figure figure, long after, long through, int hourFrom = 0, int hourTo = 23) =>
        Shares(table, label, figure, after, through).Where(share => share.Hour >= hourFrom && share.Hour <= hourTo && !_fakes.Contains(share.Person))
            .GroupBy(share => share.Person).Where(person => person.Sum(share => figure.Of(share.Counters)) != 0).Select(person => person.Key);

    /// <summary>Those of whom a tree has more or less than the site; whoever is fake is not asked for.</summary>
    public IEnumerable<int> Differing(Table tree, Figure figure, long after, long through) => Differing(Shares(Table.Site, figure, after, through), Shares(tree, figure, after, through));

    /// <summary>Those whose visits went on over midnight: they have more or fewer page views that none followed than visits.</summary>
    public IEnumerable<int> OverMidnight(long after, long through) => Differing(Shares(Table.Page, Figure.Last, after, through), Shares(Table.ExitPage, Figure.Visits, after, through));

    private IEnumerable<int> Differing(Dictionary<int, long> one, Dictionary<int, long> other) =>
        one.Keys.Union(other.Keys).Where(person => !_fakes.Contains(person) && one.GetValueOrDefault(person) != other.GetValueOrDefault(person));

    // What each of the people adds to a figure of a table, whatever the label.
    private Dictionary<int, long> Shares(Table table, Figure figure, long after, long through) =>
        LabelsOf(table).SelectMany(label => Shares(table, label, figure, after, through)).GroupBy(share => share.Person).ToDictionary(person => person.Key, person => person.Sum(share => figure.Of(share.Counters)));

    /// <summary>What the attacker itself adds to a figure.</summary>
    public long Own(Table table, string label, Figure figure, long after, long through) =>
        Shares(table, label, figure, after, through).Where(share => _fakes.Contains(share.Person)).Sum(share => figure.Of(share.Counters));

    /// <summary>What each of the people adds to a figure.</summary>
    public IEnumerable<long> Parts(Table table, string label, Figure figure, long after, long through, int hourFrom, int hourTo) =>
        Shares(table, label, figure, after, through).Where(share => share.Hour >= hourFrom && share.Hour <= hourTo)
            .GroupBy(share => share.Person, share => figure.Of(share.Counters)).Select(person => person.Sum());

    private IEnumerable<(long Seq, int Hour, int Person, Counters Counters)> Shares(Table table, string label, Figure figure, long after, long through) =>
        _shares.TryGetValue((table, label), out var shares) ? shares.Where(share => share.Seq > after && share.Seq <= through && figure.Of(share.Counters) != 0) : [];
}
