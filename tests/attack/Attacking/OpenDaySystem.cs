using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What the bands of a site's day tell beside its rows, whenever anybody looks, where everybody looked once: the unknowns
/// are what others than the attacker added between two moments at which a row was told or a band turned.
/// </summary>
internal sealed class OpenDaySystem : IDisposable
{
    private const int Most = 400;

    private readonly Polytope _polytope = new();
    private readonly Truth _truth;
    private readonly List<long> _cuts;

    public OpenDaySystem(Truth truth, IEnumerable<Told> ofDay, IReadOnlyList<BandTold> ofSite)
    {
        _truth = truth;
        var rows = ofDay.Where(row => row.Table == Table.Site && row.PageViews is not null).GroupBy(row => (row.After, row.Through)).ToList();
        List<BandTold> turns = [.. ofSite.Where((band, i) => IsOther(band, ofSite.ElementAtOrDefault(i - 1)) || IsOther(band, ofSite.ElementAtOrDefault(i + 1)))];
        _cuts = [.. rows.Select(row => row.Key).Concat(turns.Select(band => (band.After, band.Through))).SelectMany(span => new[] { span.After, span.Through }).Append(0).Distinct().Order()];
        for (var i = 1; i < _cuts.Count; i++)
        {
            var own = Own(_cuts[i - 1], _cuts[i]);
            _polytope.Add(truth.Sum(Table.Site, "", Figure.Views, _cuts[i - 1], _cuts[i]) - own);
            // Who sends one by one is mostly alone in a block.
            if (own > 0)
                _polytope.KnowWhereTrue([new Term(i - 1)], 0, 0);
        }

        foreach (var row in rows)
            Know(row.Key.After, row.Key.Through, row.Sum(told => told.PageViews!.Value), row.Sum(told => told.PageViews!.Value));
        foreach (var band in turns)
        {
            var fitting = Enumerable.Range(0, Most).Where(people => band.CodeOf(people, people) == band.Code).ToList();
            Know(band.After, band.Through, fitting[0], fitting[^1] < Most - 1 ? fitting[^1] : double.PositiveInfinity);
        }
    }

    /// <summary>What others added between any two of the moments.</summary>
    public IEnumerable<Group> Groups() =>
        from span in Attacking.Groups.Spans(_cuts)
        select new Group($"page views in blocks {span.After + 1} to {span.Through}, by bands,", Of(span.After, span.Through), _truth.People(Table.Site, "", Figure.Views, span.After, span.Through));

    public bool Tells(Group group) => _polytope.Tells(group.Terms);

    public void Dispose() => _polytope.Dispose();

    private static bool IsOther(BandTold band, BandTold? beside) => beside is not null && (beside.Code != band.Code || beside.After != band.After);

    private long Own(long after, long through) => _truth.Own(Table.Site, "", Figure.Views, after, through);

    private List<Term> Of(long after, long through) =>
        [.. Enumerable.Range(0, _cuts.Count - 1).Where(i => _cuts[i] >= after && _cuts[i + 1] <= through).Select(i => new Term(i))];

    private void Know(long after, long through, double least, double most) =>
        _polytope.Know(Of(after, through), Math.Max(0, least - Own(after, through)), most - Own(after, through));
}
