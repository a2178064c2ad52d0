using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What the bands of a site's day tell beside its rows, whenever anybody looks, where every request is a page view: the
/// unknowns are the page views and the visitors that others than the attacker added between two moments at which a row was
/// told or a band turned. A band is that of the larger share: where it is high, there is much of the one or of the other.
/// </summary>
internal sealed class OpenDaySystem : IDisposable
{
    private const int Most = 400;

    private static readonly Figure[] Figures = [Figure.Views, Figure.Visitors];

    private readonly Polytope _polytope = new(areWhole: true);
    private readonly Dictionary<(int Interval, Figure Figure), int> _unknowns = [];
    private readonly Truth _truth;
    private readonly List<long> _cuts;

    public OpenDaySystem(Truth truth, IEnumerable<Told> ofDay, IReadOnlyList<BandTold> ofSite)
    {
        _truth = truth;
        var rows = ofDay.Where(row => row.Table == Table.Site && row.PageViews is not null).GroupBy(row => (row.After, row.Through)).ToList();
        List<BandTold> turns = [.. ofSite.Where((band, i) => IsOther(band, ofSite.ElementAtOrDefault(i - 1)) || IsOther(band, ofSite.ElementAtOrDefault(i + 1)))];
        _cuts = [.. rows.Select(row => row.Key).Concat(turns.Select(band => (band.After, band.Through))).SelectMany(span => new[] { span.After, span.Through }).Append(0).Distinct().Order()];
        for (var i = 0; i + 1 < _cuts.Count; i++)
            AddInterval(i);
        foreach (var row in rows)
        {
            Know(Figure.Views, row.Key.After, row.Key.Through, row.Sum(told => told.PageViews!.Value), row.Sum(told => told.PageViews!.Value));
            Know(Figure.Visitors, row.Key.After, row.Key.Through, row.Sum(told => told.Visitors!.Value), row.Sum(told => told.Visitors!.Value));
        }

        foreach (var band in turns)
            KnowBand(band);
    }

    /// <summary>What others added between any two of the moments.</summary>
    public IEnumerable<Group> Groups() =>
        from span in Attacking.Groups.Spans(_cuts)
        from figure in Figures
        select new Group($"{figure.Name} in blocks {span.After + 1} to {span.Through}, by bands,", Of(figure, span.After, span.Through), _truth.People(Table.Site, "", figure, span.After, span.Through));

    public bool Tells(Group group) => _polytope.Tells(group.Terms);

    public void Dispose() => _polytope.Dispose();

    private static bool IsOther(BandTold band, BandTold? beside) => beside is not null && (beside.Code != band.Code || beside.After != band.After);

    // Who comes for the first time looks.
    private void AddInterval(int i)
    {
        var (after, through) = (_cuts[i], _cuts[i + 1]);
        foreach (var figure in Figures)
        {
            _unknowns[(i, figure)] = _polytope.Add(_truth.Sum(Table.Site, "", figure, after, through) - Own(figure, after, through));
            // Who sends one by one is mostly alone in a block.
            if (Own(Figure.Views, after, through) > 0)
                _polytope.KnowWhereTrue([new Term(_unknowns[(i, figure)])], 0, 0);
        }

        _polytope.KnowWhereTrue([new Term(_unknowns[(i, Figure.Views)]), new Term(_unknowns[(i, Figure.Visitors)], -1)], 0, double.PositiveInfinity);
    }

    private void KnowBand(BandTold band)
    {
        var leasts = new List<(IReadOnlyCollection<Term> Terms, double Least)>();
        foreach (var figure in Figures)
        {
            var codes = Enumerable.Range(0, Most).Select(held => figure == Figure.Views ? band.CodeOf(held, 0) : band.CodeOf(0, held)).ToList();
            if (codes[^1] > band.Code)
                Know(figure, band.After, band.Through, 0, codes.FindLastIndex(code => code <= band.Code));
            if (codes.IndexOf(band.Code) is >= 0 and var least)
                leasts.Add((Of(figure, band.After, band.Through), least - Own(figure, band.After, band.Through)));
        }

        if (leasts.Exists(one => one.Least <= 0))
            return;
        if (leasts.Count == 2)
            _polytope.KnowEither(leasts[0], leasts[1]);
        else if (leasts.Count == 1)
            _polytope.Know(leasts[0].Terms, leasts[0].Least, double.PositiveInfinity);
    }

    private long Own(Figure figure, long after, long through) => _truth.Own(Table.Site, "", figure, after, through);

    private List<Term> Of(Figure figure, long after, long through) =>
        [.. Enumerable.Range(0, _cuts.Count - 1).Where(i => _cuts[i] >= after && _cuts[i + 1] <= through).Select(i => new Term(_unknowns[(i, figure)]))];

    private void Know(Figure figure, long after, long through, double least, double most) =>
        _polytope.Know(Of(figure, after, through), Math.Max(0, least - Own(figure, after, through)), most - Own(figure, after, through));
}
