using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What is known of trees of one day: the unknowns are each label's figures between any two moments at which anything
/// of the day was published, the equations what was published and what an insider knows of the counting. The site's own
/// table stands beside trees of visits as one of a single label: who was new, and who was not.
/// </summary>
internal sealed class TreeSystem : IDisposable
{
    private readonly IReadOnlyList<Table> _trees;
    private readonly Polytope _polytope = new();
    private readonly Dictionary<(Table Tree, string Label, int Interval, Figure Figure), int> _unknowns = [];
    private readonly Dictionary<(Table Tree, Figure Figure), Term> _apart = [];
    private readonly Dictionary<Table, IReadOnlyList<string>> _labels;
    private readonly IReadOnlyList<Told> _rows;
    private readonly (long After, long Through) _rebuilt;

    /// <param name="silent">Moments at which something could have been told, between those at which it was.</param>
    public TreeSystem(Truth truth, IReadOnlyList<Table> trees, IReadOnlyList<Told> ofDay, IReadOnlyCollection<long> silent)
    {
        _trees = trees;
        _rows = [.. ofDay.Where(row => trees.Contains(row.Table))];
        _labels = trees.ToDictionary(tree => tree, truth.LabelsOf);
        Cuts = [.. ofDay.SelectMany(row => new[] { row.After, row.Through }).Concat(silent).Append(0).Distinct().Order()];
        foreach (var (tree, label, figure) in from tree in trees from label in _labels[tree] from figure in FiguresOf(tree) select (tree, label, figure))
        {
            for (var i = 0; i + 1 < Cuts.Count; i++)
            {
                _unknowns[(tree, label, i, figure)] = _polytope.Add(truth.Sum(tree, label, figure, Cuts[i], Cuts[i + 1]));
                // Who made visitors knows that as much is there; of a difference that a rebuild adds, not always.
                if (truth.Own(tree, label, figure, Cuts[i], Cuts[i + 1]) is > 0 and var own)
                    _polytope.KnowWhereTrue([new Term(_unknowns[(tree, label, i, figure)])], own, double.PositiveInfinity);
            }
        }

        _rebuilt = Cuts.Zip(Cuts.Skip(1)).FirstOrDefault(interval => truth.IsRebuilt(interval.First, interval.Second));
        foreach (var (tree, figure) in from tree in trees where _rebuilt != default && tree != Table.Site from figure in FiguresOf(tree) where IsOfOneLabel(tree, figure) select (tree, figure))
            AddApart(truth, tree, figure);
    }

    // Which of the two has more is taken for known.
    private void AddApart(Truth truth, Table tree, Figure figure)
    {
        var (table, label) = figure == Figure.Requests ? (Table.Agent, "human") : (Table.Site, "");
        var apart = truth.Sum(table, label, figure, _rebuilt.After, _rebuilt.Through) - LabelsOf(tree).Sum(of => truth.Sum(tree, of, figure, _rebuilt.After, _rebuilt.Through));
        if (apart != 0)
            _apart[(tree, figure)] = new Term(_polytope.Add(Math.Abs(apart)), Math.Sign(apart));
    }

    private static bool IsOfOneLabel(Table tree, Figure figure) => figure != Figure.Visitors || !tree.ManyLabels;

    /// <summary>What the site has beyond a tree, or the tree beyond the site, by what a rebuild added to one of them alone.</summary>
    public IEnumerable<(Figure Figure, Term Apart, long After, long Through)> ApartOf(Table tree) =>
        from one in _apart where one.Key.Tree == tree select (one.Key.Figure, one.Value, _rebuilt.After, _rebuilt.Through);

    private IEnumerable<Term> Apart(Table tree, Figure figure, long after, long through) =>
        _apart.TryGetValue((tree, figure), out var apart) && after <= _rebuilt.After && _rebuilt.Through <= through ? [apart] : [];

    /// <summary>Blocks after which anything was published, or could have been, from 0.</summary>
    public IReadOnlyList<long> Cuts { get; }

    public IReadOnlyList<string> LabelsOf(Table tree) => _labels[tree];

    /// <summary>What is unknown of a tree.</summary>
    public static IReadOnlyList<Figure> FiguresOf(Table tree) => tree switch
    {
        { Kind: TableKind.Site } => [Figure.New, Figure.Others],
        { Basis: Basis.Requests } => [Figure.Views, Figure.Visitors, Figure.Requests],
        { Basis: Basis.Views } => [Figure.Views, Figure.Visitors],
        { HasCourse: true } => [Figure.Visits, Figure.Bounces, Figure.Seconds],
        _ => [Figure.Visits, Figure.Bounces],
    };

    public bool Tells(Group group) => group.IsAmount ? _polytope.Narrows(group.Terms, group.Own) : _polytope.Tells(group.Terms);

    /// <summary>A label's figure between two cuts; nothing of a label that nobody has.</summary>
    public IEnumerable<Term> Of(Table tree, string label, Figure figure, long after, long through, double factor = 1)
    {
        if (figure == Figure.Further)
            return Of(tree, label, Figure.Visits, after, through, factor).Concat(Of(tree, label, Figure.Bounces, after, through, -factor));
        return from i in Enumerable.Range(0, Cuts.Count - 1)
               where Cuts[i] >= after && Cuts[i + 1] <= through && _unknowns.ContainsKey((tree, label, i, figure))
               select new Term(_unknowns[(tree, label, i, figure)], factor);
    }

    public IEnumerable<Term> OfAll(Table tree, IEnumerable<string> labels, Figure figure, long after, long through) =>
        labels.SelectMany(label => Of(tree, label, figure, after, through));

    /// <summary>The trees' own rows.</summary>
    public TreeSystem KnowRows(Clauses build)
    {
        foreach (var release in _rows.Where(row => row.Table != Table.Site).GroupBy(row => (row.Table, row.After, row.Through)))
        {
            var tree = release.Key.Table;
            var named = release.Select(row => row.Label).Where(label => label != Labels.Other).ToHashSet();
            foreach (var row in release)
            {
                string[] labels = row.Label == Labels.Other ? [.. LabelsOf(tree).Where(label => !named.Contains(label) && build.Counts(tree, label))] : [row.Label];
                if (tree.IsInTens && build.EntriesAreInTens)
                {
                    KnowTens(row, build.Policy);
                    continue;
                }

                foreach (var figure in FiguresOf(tree))
                    Equal(OfAll(tree, labels, figure, row.After, row.Through), Value(row, figure));
                // Whoever fetches the pages knows how many bytes a view of each has.
                if (tree == Table.Page)
                    Equal(labels.SelectMany(label => Of(tree, label, Figure.Views, row.After, row.Through, Worlds.World.SizeOf(label))), row.Bytes);
            }
        }

        return this;
    }

    // Bounces are told as a share of the tens, seconds as an average. What is told of the rest comes from the others.
    private void KnowTens(Told row, ReleasePolicy policy)
    {
        if (row.Label == Labels.Other)
            return;
        List<Term> visits = [.. Of(row.Table, row.Label, Figure.Visits, row.After, row.Through)];
        _polytope.Know(visits, row.Visits!.Value - (policy.Rounding / 2), row.Visits.Value + ((policy.Rounding - 1) / 2));
        KnowShare(row, Figure.Bounces, visits, row.Bounces);
        KnowShare(row, Figure.Seconds, visits, row.VisitSeconds);
    }

    // Told for the visits as told, it is within a half of that. Of seconds the average is a whole number.
    private void KnowShare(Told row, Figure figure, List<Term> visits, long? value)
    {
        if (value is not { } told)
            return;
        var (within, of) = figure == Figure.Seconds ? (0.5 * row.Visits!.Value, row.Visits!.Value) : (0.5, row.Visits!.Value);
        AtMost(visits.Select(term => term with { Factor = told - within }), Of(row.Table, row.Label, figure, row.After, row.Through, of));
        AtMost(Of(row.Table, row.Label, figure, row.After, row.Through, of), visits.Select(term => term with { Factor = told + within }));
    }

    /// <summary>
    /// The site's totals: each page view has one label; so has each visitor where it cannot have several, and else no
    /// label has more visitors than the site. Requests of humans are told by the technical counts; those of a day on
    /// which they moved alone are left out, since what they tell by themselves, such as that one request had one view, is theirs.
    /// </summary>
    public TreeSystem KnowTotals(IReadOnlyList<Told> ofDay)
    {
        foreach (var tree in _trees)
        {
            foreach (var figure in FiguresOf(tree).Where(figure => figure != Figure.Requests && IsOfOneLabel(tree, figure)))
            {
                foreach (var release in ofDay.Where(row => row.Table == Table.Site && Value(row, figure) is not null).GroupBy(row => (row.After, row.Through)))
                    Equal([.. OfAll(tree, LabelsOf(tree), figure, release.Key.After, release.Key.Through), .. Apart(tree, figure, release.Key.After, release.Key.Through)], release.Sum(row => Value(row, figure)));
            }

            if (FiguresOf(tree).Contains(Figure.Requests))
                KnowRequests(tree, ofDay);
        }

        return this;
    }

    private void KnowRequests(Table tree, IReadOnlyList<Told> ofDay)
    {
        var people = ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => row.Through).ToHashSet();
        var humans = ofDay.Where(row => row.Table == Table.Agent && row.Label == "human").ToList();
        foreach (var human in humans.Where(_ => humans.TrueForAll(row => people.Contains(row.Through))))
            Equal([.. OfAll(tree, LabelsOf(tree), Figure.Requests, human.After, human.Through), .. Apart(tree, Figure.Requests, human.After, human.Through)], human.Requests);
    }

    /// <summary>How much of each tree is withheld.</summary>
    public TreeSystem KnowBands(IReadOnlyList<BandTold> ofDay)
    {
        foreach (var band in ofDay.Where(band => band.Table != Table.Site && _trees.Contains(band.Table) && Cuts.Contains(band.After) && Cuts.Contains(band.Through)))
        {
            var (least, most) = BandInversion.Range(band);
            _polytope.Know([.. OfAll(band.Table, LabelsOf(band.Table), Figure.By(band.Table), band.After, band.Through)], least, most);
        }

        return this;
    }

    /// <summary>Up to any moment a label has no more visitors than page views, where page views make them, and no more of either than requests; of visits, between any two.</summary>
    public TreeSystem KnowCounting()
    {
        foreach (var (tree, label) in from tree in _trees where tree != Table.Site from label in LabelsOf(tree) select (tree, label))
        {
            for (var i = 1; i < Cuts.Count; i++)
            {
                if (tree.Basis == Basis.Visits)
                    AtMost(Of(tree, label, Figure.Bounces, Cuts[i - 1], Cuts[i]), Of(tree, label, Figure.Visits, Cuts[i - 1], Cuts[i]));
                else if (tree.Basis == Basis.Views)
                    AtMost(Of(tree, label, Figure.Visitors, 0, Cuts[i]), Of(tree, label, Figure.Views, 0, Cuts[i]));
                else
                {
                    AtMost(Of(tree, label, Figure.Visitors, 0, Cuts[i]), Of(tree, label, Figure.Requests, 0, Cuts[i]));
                    AtMost(Of(tree, label, Figure.Views, 0, Cuts[i]), Of(tree, label, Figure.Requests, 0, Cuts[i]));
                }
            }
        }

        return this;
    }

    /// <summary>Where everybody vouches: a label that is not named has fewer than k visitors, or was drawn in and has no more than the smallest that is.</summary>
    public TreeSystem KnowThreshold(int k)
    {
        foreach (var release in _rows.Where(row => row.Table != Table.Site).GroupBy(row => (row.Table, row.After, row.Through)))
        {
            var (tree, after, through) = release.Key;
            var named = release.Where(row => row.Label != Labels.Other).ToList();
            if (named.Count == 0 || named.Exists(row => row.Visitors is null))
                continue;
            var most = Math.Max(k - 1, named.Min(row => row.Visitors!.Value));
            foreach (var label in LabelsOf(tree).Except(named.Select(row => row.Label)))
                KnowWhereTrue([.. Of(tree, label, Figure.Visitors, after, through)], 0, most);
        }

        return this;
    }

    /// <summary>Where everybody vouches: what the site was silent of at a moment had fewer than k visitors. That no other reason kept it silent is taken for known where it is so.</summary>
    public void KnowSilence(int k, IReadOnlyList<Told> ofDay, IEnumerable<long> silent)
    {
        var told = ofDay.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => row.Through).Append(0).ToHashSet();
        foreach (var (tree, through) in from tree in _trees from through in silent where !told.Contains(through) select (tree, through))
        {
            var after = told.Where(before => before < through).Max();
            IEnumerable<IEnumerable<string>> sums = IsOfOneLabel(tree, Figure.Visitors) ? [LabelsOf(tree)] : LabelsOf(tree).Select(label => (string[])[label]);
            foreach (var labels in sums)
                KnowWhereTrue([.. OfAll(tree, labels, Figure.Visitors, after, through)], 0, k - 1);
        }
    }

    public void KnowWhereTrue(IReadOnlyCollection<Term> terms, double least, double most) => _polytope.KnowWhereTrue(terms, least, most);

    public void Dispose() => _polytope.Dispose();

    // Of the site's rows those of people and those of visits: who was not new is known of the sum only.
    private static long? Value(Told row, Figure figure) => figure switch
    {
        _ when figure == Figure.Views => row.PageViews,
        _ when figure == Figure.Visitors => row.Visitors,
        _ when figure == Figure.Visits => row.Visits,
        _ when figure == Figure.Bounces => row.Bounces,
        _ when figure == Figure.Seconds => row.VisitSeconds,
        _ when figure == Figure.New => row.NewVisitors,
        _ when figure == Figure.Requests => row.Requests,
        _ => null,
    };

    private void Equal(IEnumerable<Term> terms, long? value)
    {
        if (value is { } told)
            _polytope.Know([.. terms], told, told);
    }

    // Of the differences that a rebuild adds, one can be more than another that it is a part of.
    private void AtMost(IEnumerable<Term> less, IEnumerable<Term> more)
    {
        List<Term> difference = [.. more, .. less.Select(term => term with { Factor = -term.Factor })];
        if (_rebuilt == default)
            _polytope.Know(difference, 0, double.PositiveInfinity);
        else
            _polytope.KnowWhereTrue(difference, 0, double.PositiveInfinity);
    }
}
