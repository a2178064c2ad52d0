using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What is known of one tree of one day: the unknowns are each label's figures between any two moments at which anything
/// of the day was published, the equations what was published and what an insider knows of the counting.
/// </summary>
internal sealed class TreeSystem : IDisposable
{
    private readonly Truth _truth;
    private readonly Table _tree;
    private readonly Polytope _polytope = new();
    private readonly Dictionary<(string Label, int Interval, Figure Figure), int> _unknowns = [];
    private readonly IReadOnlyList<Told> _rows;

    public TreeSystem(Truth truth, Table tree, IReadOnlyList<Told> ofDay)
    {
        (_truth, _tree) = (truth, tree);
        _rows = [.. ofDay.Where(row => row.Table == tree)];
        Cuts = [.. ofDay.SelectMany(row => new[] { row.After, row.Through }).Append(0).Distinct().Order()];
        Labels = truth.LabelsOf(tree);
        Figures = tree.Basis switch
        {
            Basis.Requests => [Figure.Views, Figure.Visitors, Figure.Requests],
            Basis.Views => [Figure.Views, Figure.Visitors],
            _ => [Figure.Visits, Figure.Bounces],
        };
        foreach (var label in Labels)
        {
            foreach (var figure in Figures)
            {
                for (var i = 0; i + 1 < Cuts.Count; i++)
                    _unknowns[(label, i, figure)] = _polytope.Add(truth.Sum(tree, label, figure, Cuts[i], Cuts[i + 1]));
            }
        }
    }

    /// <summary>Blocks after which anything was published, from 0.</summary>
    public IReadOnlyList<long> Cuts { get; }

    public IReadOnlyList<string> Labels { get; }

    public IReadOnlyList<Figure> Figures { get; }

    public bool Tells(IReadOnlyCollection<Term> terms) => _polytope.Tells(terms);

    /// <summary>A label's figure between two cuts.</summary>
    public IEnumerable<Term> Of(string label, Figure figure, long after, long through, double factor = 1)
    {
        for (var i = 0; i + 1 < Cuts.Count; i++)
        {
            if (Cuts[i] >= after && Cuts[i + 1] <= through)
                yield return new Term(_unknowns[(label, i, figure)], factor);
        }
    }

    public IEnumerable<Term> OfAll(IEnumerable<string> labels, Figure figure, long after, long through) => labels.SelectMany(label => Of(label, figure, after, through));

    /// <summary>The tree's own rows.</summary>
    public TreeSystem KnowRows(Clauses build)
    {
        foreach (var release in _rows.GroupBy(row => (row.After, row.Through)))
        {
            var named = release.Select(row => row.Label).Where(label => label != Schemas.Lattice.Labels.Other).ToHashSet();
            foreach (var row in release)
            {
                string[] labels = row.Label == Schemas.Lattice.Labels.Other ? [.. Labels.Where(label => !named.Contains(label))] : [row.Label];
                if (_tree.IsInTens && build.EntriesAreInTens)
                {
                    KnowTens(row, build.Policy);
                    continue;
                }

                foreach (var figure in Figures)
                    Equal(OfAll(labels, figure, row.After, row.Through), Value(row, figure));
                // Whoever fetches the pages knows how many bytes a view of each has.
                if (_tree == Table.Page)
                    Equal(labels.SelectMany(label => Of(label, Figure.Views, row.After, row.Through, Worlds.World.SizeOf(label))), row.Bytes);
            }
        }

        return this;
    }

    // Bounces are told as a share of the tens. What is told of the rest comes from the others.
    private void KnowTens(Told row, ReleasePolicy policy)
    {
        if (row.Label == Schemas.Lattice.Labels.Other)
            return;
        List<Term> visits = [.. Of(row.Label, Figure.Visits, row.After, row.Through)];
        _polytope.Know(visits, row.Visits!.Value - (policy.Rounding / 2), row.Visits.Value + ((policy.Rounding - 1) / 2));
        if (row.Bounces is not { } told)
            return;
        AtMost(visits.Select(term => term with { Factor = told - 0.5 }), Of(row.Label, Figure.Bounces, row.After, row.Through, row.Visits.Value));
        AtMost(Of(row.Label, Figure.Bounces, row.After, row.Through, row.Visits.Value), visits.Select(term => term with { Factor = told + 0.5 }));
    }

    /// <summary>
    /// The site's totals: each page view has one label; so has each visitor where it cannot have several, and else no
    /// label has more visitors than the site. Requests of humans are told by the technical counts; those of a day on
    /// which they moved alone are left out, since what they tell by themselves, such as that one request had one view, is theirs.
    /// </summary>
    public TreeSystem KnowTotals(IReadOnlyList<Told> ofDay)
    {
        foreach (var figure in Figures.Where(figure => figure != Figure.Requests && (figure != Figure.Visitors || !_tree.ManyLabels)))
        {
            foreach (var release in ofDay.Where(row => row.Table == Table.Site && Value(row, figure) is not null).GroupBy(row => (row.After, row.Through)))
                Equal(OfAll(Labels, figure, release.Key.After, release.Key.Through), release.Sum(row => Value(row, figure)));
        }

        if (Figures.Contains(Figure.Requests))
        {
            var people = ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => row.Through).ToHashSet();
            var humans = ofDay.Where(row => row.Table == Table.Agent && row.Label == "human").ToList();
            foreach (var human in humans.Where(_ => humans.TrueForAll(row => people.Contains(row.Through))))
                Equal(OfAll(Labels, Figure.Requests, human.After, human.Through), human.Requests);
        }

        return this;
    }

    /// <summary>How much of the tree is withheld.</summary>
    public TreeSystem KnowBands(IReadOnlyList<BandTold> ofDay)
    {
        foreach (var band in ofDay.Where(band => band.Table == _tree && Cuts.Contains(band.After) && Cuts.Contains(band.Through)))
        {
            var (least, most) = BandInversion.Range(band);
            _polytope.Know([.. OfAll(Labels, Figure.By(_tree), band.After, band.Through)], least, most);
        }

        return this;
    }

    /// <summary>Up to any moment a label has no more visitors than page views, where page views make them, and no more of either than requests.</summary>
    public TreeSystem KnowCounting()
    {
        foreach (var label in Labels)
        {
            foreach (var cut in Cuts.Skip(1))
            {
                if (_tree.Basis == Basis.Visits)
                    AtMost(Of(label, Figure.Bounces, 0, cut), Of(label, Figure.Visits, 0, cut));
                else if (_tree.Basis == Basis.Views)
                    AtMost(Of(label, Figure.Visitors, 0, cut), Of(label, Figure.Views, 0, cut));
                else
                {
                    AtMost(Of(label, Figure.Visitors, 0, cut), Of(label, Figure.Requests, 0, cut));
                    AtMost(Of(label, Figure.Views, 0, cut), Of(label, Figure.Requests, 0, cut));
                }
            }
        }

        return this;
    }

    /// <summary>Where everybody vouches: a label that is not named has fewer than k visitors, or was drawn in and has no more than the smallest that is.</summary>
    public TreeSystem KnowThreshold(int k)
    {
        foreach (var release in _rows.GroupBy(row => (row.After, row.Through)))
        {
            var named = release.Where(row => row.Label != Schemas.Lattice.Labels.Other).ToList();
            if (named.Count == 0 || named.Exists(row => row.Visitors is null))
                continue;
            var most = Math.Max(k - 1, named.Min(row => row.Visitors!.Value));
            foreach (var label in Labels.Except(named.Select(row => row.Label)))
                _polytope.KnowWhereTrue([.. Of(label, Figure.Visitors, release.Key.After, release.Key.Through)], 0, most);
        }

        return this;
    }

    public void Dispose() => _polytope.Dispose();

    private static long? Value(Told row, Figure figure) =>
        figure == Figure.Views ? row.PageViews : figure == Figure.Visitors ? row.Visitors : figure == Figure.Visits ? row.Visits : figure == Figure.Bounces ? row.Bounces : row.Requests;

    private void Equal(IEnumerable<Term> terms, long? value)
    {
        if (value is { } told)
            _polytope.Know([.. terms], told, told);
    }

    private void AtMost(IEnumerable<Term> less, IEnumerable<Term> more) =>
        _polytope.Know([.. more, .. less.Select(term => term with { Factor = -term.Factor })], 0, double.PositiveInfinity);
}
