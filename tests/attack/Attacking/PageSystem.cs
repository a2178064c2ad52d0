using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What is known of pages in some blocks, all tables of them together: views by device, source and next page, entries and
/// exits, bounces, views that another followed, and seconds. Whatever page may meet whatever label. Cells of pairs,
/// entries and exits lie about what is told of them in tens; rows and columns add up to what the trees tell exactly.
/// </summary>
internal sealed class PageSystem : IDisposable
{
    // After half an hour without a page view another visit begins.
    private const int LongestStay = 1800;

    private readonly Polytope _polytope = new();
    private readonly Dictionary<(Table Table, string Page, string Other), int> _unknowns = [];
    private readonly Dictionary<(string Page, Figure Figure), int> _courses = [];
    private readonly Truth _truth;
    private readonly Clauses _build;
    private readonly List<Told> _told;
    private readonly (long After, long Through) _blocks;
    private readonly List<string> _pages;

    public PageSystem(Truth truth, Clauses build, IReadOnlyList<Told> ofDay, long after, long through)
    {
        (_truth, _build, _blocks) = (truth, build, (after, through));
        _told = [.. ofDay.Where(row => row.After == after && row.Through == through)];
        _pages = [.. truth.LabelsOf(Table.Page).Union(truth.LabelsOf(Table.EntryPage))];
        foreach (var page in _pages)
        {
            Add(Table.EntryPage, page, "", Figure.Visits);
            Add(Table.ExitPage, page, "", Figure.Visits);
            foreach (var (table, figure) in Courses)
                _courses[(page, figure)] = AtLeastOwn(_polytope.Add(_truth.Sum(table, page, figure, after, through)), _truth.Own(table, page, figure, after, through));
            foreach (var pair in Pairs)
            {
                foreach (var other in OthersOf(pair))
                    Add(pair, page, other, Figure.Views);
            }
        }
    }

    private static IEnumerable<Table> Pairs => [Table.PageDevice, Table.PageSource, Table.PageNextPage];

    // Of entries and of views: how it went on.
    private static IEnumerable<(Table Table, Figure Figure)> Courses =>
        [(Table.EntryPage, Figure.Bounces), (Table.EntryPage, Figure.Seconds), (Table.Page, Figure.Stays), (Table.Page, Figure.StaySeconds)];

    public bool Tells(Group group) => group.IsAmount ? _polytope.Narrows(group.Terms, group.Own) : _polytope.Tells(group.Terms);

    /// <summary>Whatever page and label of a pair may meet.</summary>
    public IEnumerable<(Table Table, string Page, string Other)> CellsOf(Table pair) => _unknowns.Keys.Where(cell => cell.Table == pair);

    public (double Least, double Most)? Range((Table, string, string) cell) => _polytope.Range(_unknowns[cell]);

    public void Suppose((Table, string, string) cell, long value) => _polytope.Suppose(_unknowns[cell], value);

    /// <summary>The cells of a pair where one table is left; null where there are several, or none.</summary>
    public IReadOnlyDictionary<(string Page, string Other), long>? Whole(Table pair)
    {
        var table = new Dictionary<(string, string), long>();
        foreach (var cell in CellsOf(pair))
        {
            if (Range(cell) is not var (least, most) || most - least > 0.001)
                return null;
            table[(cell.Page, cell.Other)] = (long)Math.Round(least);
        }

        return table;
    }

    /// <summary>The page views of some cells.</summary>
    public Group GroupOf(string what, IReadOnlyCollection<(Table Table, string Page, string Other)> cells) => Of(what, [.. cells.Select(cell => new Term(_unknowns[cell]))], cells);

    /// <summary>What is told.</summary>
    public PageSystem KnowRows()
    {
        foreach (var row in _told)
        {
            if (row.Table == Table.Page && row.PageViews is { } views)
                Know([.. Labelled(row).SelectMany(page => Line(Table.PageDevice, page))], views, views);
            else if (row.Table == Table.Device && row.PageViews is { } ofDevice)
                Know([.. Labelled(row).SelectMany(device => Column(Table.PageDevice, device))], ofDevice, ofDevice);
            else if (row.Table.IsInTens && row.Visits is { } visits && (row.Label != Labels.Other || !_build.EntriesAreInTens))
                Within([.. Labelled(row).Select(page => Of(row.Table, page))], visits, _build.EntriesAreInTens ? _build.Policy.Rounding : 1);
            else if (row.Table == Table.Site && row.Visits is { } all)
                KnowVisits(row, all);
            else if (row.Table.Kind == TableKind.Pair && Labels.SplitPair(row.Label) is var (first, second))
                Within([Of(row.Table, first, second)], row.PageViews!.Value, _build.Policy.Rounding);
            if (row.Bounces is { } bounces && row.Table == Table.EntryPage)
                KnowShare(Of(row.Label, Figure.Bounces), Of(Table.EntryPage, row.Label), bounces, row.Visits!.Value, 0.5);
            if (row.VisitSeconds is { } seconds && row.Table == Table.EntryPage)
                KnowShare(Of(row.Label, Figure.Seconds), Of(Table.EntryPage, row.Label), seconds, row.Visits!.Value, 0.5 * row.Visits.Value);

            if (row.Stays is { } stays)
            {
                Within([Of(row.Label, Figure.Stays)], stays, _build.StaysAreInTens ? _build.Policy.Rounding : 1);
                KnowShare(Of(row.Label, Figure.StaySeconds), Of(row.Label, Figure.Stays), row.StaySeconds!.Value, stays, 0.5 * stays);
            }
        }

        return this;
    }

    /// <summary>
    /// What is told of pairs later, with what came meanwhile: who sent that knows it, and takes it away. Where others came
    /// as well, they leave a bound.
    /// </summary>
    public PageSystem KnowLater(IReadOnlyList<Told> ofDay)
    {
        foreach (var row in ofDay.Where(row => row.Table.Kind == TableKind.Pair && row.After == _blocks.After && row.Through > _blocks.Through))
        {
            var (first, second) = Labels.SplitPair(row.Label);
            var own = _truth.Own(row.Table, row.Label, Figure.Views, _blocks.Through, row.Through);
            var rounding = _build.Policy.Rounding;
            if (own == _truth.Sum(row.Table, row.Label, Figure.Views, _blocks.Through, row.Through))
                Within([Of(row.Table, first, second)], row.PageViews!.Value - own, rounding);
            else
                Know([Of(row.Table, first, second)], 0, row.PageViews!.Value - own + ((rounding - 1) / 2));
        }

        return this;
    }

    /// <summary>How much of each pair is withheld.</summary>
    public PageSystem KnowBands(IReadOnlyList<BandTold> ofDay)
    {
        foreach (var band in ofDay.Where(band => band.Table.Kind == TableKind.Pair && (band.After, band.Through) == _blocks))
        {
            var (least, most) = BandInversion.Range(band);
            Know([.. CellsOf(band.Table).Select(cell => new Term(_unknowns[cell]))], least, most);
        }

        return this;
    }

    /// <summary>How the tables go together, where nobody's visit goes on over midnight or is still open.</summary>
    public PageSystem KnowCounting()
    {
        foreach (var page in _pages)
        {
            List<Term> views = [.. Line(Table.PageDevice, page)];
            Equal(views, [.. Line(Table.PageSource, page)]);
            Equal([Of(page, Figure.Stays)], [.. Line(Table.PageNextPage, page)]);
            Equal(views, [Of(Table.EntryPage, page), .. Column(Table.PageNextPage, page)]);
            Equal(views, [Of(Table.ExitPage, page), Of(page, Figure.Stays)]);
            foreach (var tree in (Table[])[Table.EntryPage, Table.ExitPage])
                _polytope.KnowWhereTrue([Of(tree, page), Of(page, Figure.Bounces, -1)], 0, double.PositiveInfinity);
            _polytope.KnowWhereTrue([Of(page, Figure.Stays, LongestStay), Of(page, Figure.StaySeconds, -1)], 0, double.PositiveInfinity);
        }

        return this;
    }

    /// <summary>
    /// Each silent cell of a pair, the silent cells of a row or column together, and of each page the views that were not
    /// a visit's first, or last. Where few go on at all, the site's page views minus its visits are theirs: a page's are
    /// then asked for by cells only.
    /// </summary>
    public IEnumerable<Group> Groups(int k)
    {
        var onward = CellsOf(Table.PageNextPage).ToList();
        var manyGoOn = PeopleOf(onward).Distinct().Take(k).Count() == k;
        foreach (var pair in Pairs.Where(pair => _told.Exists(row => row.Table == pair)))
        {
            var silent = CellsOf(pair).Where(cell => !_told.Exists(row => row.Table == pair && row.Label == Labels.Pair(cell.Page, cell.Other))).ToList();
            foreach (var cell in silent)
                yield return GroupOf($"page views of '{cell.Page}' by '{cell.Other}'", [cell]);
            foreach (var line in silent.GroupBy(cell => cell.Page).Concat(silent.GroupBy(cell => cell.Other)).Where(_ => manyGoOn || pair != Table.PageNextPage))
                yield return GroupOf($"page views of what is silent of '{line.Key}'", [.. line]);
        }

        foreach (var page in manyGoOn ? _pages : [])
        {
            yield return Of($"views of '{page}' that were not first", [.. Line(Table.PageDevice, page), Of(Table.EntryPage, page, factor: -1)], onward.Where(cell => cell.Other == page));
            yield return Of($"views of '{page}' that were not last", [.. Line(Table.PageDevice, page), Of(Table.ExitPage, page, factor: -1)], onward.Where(cell => cell.Page == page));
        }

        foreach (var group in manyGoOn ? Coursing() : [])
            yield return group;
    }

    // How it went on from a page; and of those that do not tell for how long, which the seconds of all visits have beside the others.
    private IEnumerable<Group> Coursing()
    {
        foreach (var page in _pages)
        {
            yield return new Group($"visits that began with '{page}'", [Of(Table.EntryPage, page)], People(Table.EntryPage, page, Figure.Visits));
            yield return new Group($"visits that ended on '{page}'", [Of(Table.ExitPage, page)], People(Table.ExitPage, page, Figure.Visits));
            yield return new Group($"bounces on '{page}'", [Of(page, Figure.Bounces)], People(Table.EntryPage, page, Figure.Bounces));
            yield return new Group($"visits that went on from '{page}', their first", [Of(Table.EntryPage, page), Of(page, Figure.Bounces, -1)], People(Table.EntryPage, page, Figure.Further));
            yield return new Group($"visits that went on to '{page}', their last", [Of(Table.ExitPage, page), Of(page, Figure.Bounces, -1)], People(Table.ExitPage, page, Figure.Further));
            yield return new Group($"views of '{page}' that another followed", [Of(page, Figure.Stays)], People(Table.Page, page, Figure.Stays));
            yield return new Group($"seconds on '{page}'", [Of(page, Figure.StaySeconds)], People(Table.Page, page, Figure.Stays), IsAmount: true, Own: OwnSeconds(page));
        }

        yield return new Group(
            "visits that went on over midnight", [.. _pages.SelectMany(page => (Term[])[.. Line(Table.PageDevice, page), Of(page, Figure.Stays, -1), Of(Table.ExitPage, page, factor: -1)])],
            _truth.OverMidnight(_blocks.After, _blocks.Through));
        var silent = _pages.Except(_told.Where(row => row.Stays is not null).Select(row => row.Label)).ToList();
        yield return new Group(
            "seconds on pages that do not tell them", [.. silent.Select(page => Of(page, Figure.StaySeconds))], silent.SelectMany(page => People(Table.Page, page, Figure.Stays)), IsAmount: true, Own: silent.Sum(OwnSeconds));
    }

    public void Dispose() => _polytope.Dispose();

    private IEnumerable<string> OthersOf(Table pair) => pair == Table.PageDevice ? _truth.LabelsOf(Table.Device)
        : pair == Table.PageSource ? _truth.LabelsOf(Table.Source)
        : _pages;

    private void Add(Table table, string page, string other, Figure figure)
    {
        var label = table.Kind == TableKind.Pair ? Labels.Pair(page, other) : page;
        var (all, own) = (_truth.Sum(table, label, figure, _blocks.After, _blocks.Through), _truth.Own(table, label, figure, _blocks.After, _blocks.Through));
        _unknowns[(table, page, other)] = AtLeastOwn(_polytope.Add(all), own);
    }

    // Who made visitors knows that as much is there.
    private int AtLeastOwn(int unknown, long own)
    {
        if (own > 0)
            _polytope.KnowWhereTrue([new Term(unknown)], own, double.PositiveInfinity);
        return unknown;
    }

    private Term Of(Table table, string page, string other = "", double factor = 1) => new(_unknowns[(table, page, other)], factor);

    private Term Of(string page, Figure figure, double factor = 1) => new(_courses[(page, figure)], factor);

    private long OwnSeconds(string page) => _truth.Own(Table.Page, page, Figure.StaySeconds, _blocks.After, _blocks.Through);

    private IEnumerable<int> People(Table table, string page, Figure figure) => _truth.People(table, page, figure, _blocks.After, _blocks.Through);

    private IEnumerable<Term> Line(Table pair, string page) => OthersOf(pair).Select(other => Of(pair, page, other));

    private IEnumerable<Term> Column(Table pair, string other) => _pages.Select(page => Of(pair, page, other));

    // The labels that a row of a tree is of: the rest's are all that are not named.
    private IEnumerable<string> Labelled(Told row) => row.Label != Labels.Other ? [row.Label]
        : (row.Table == Table.Device ? _truth.LabelsOf(Table.Device) : _pages).Except(_told.Where(other => other.Table == row.Table).Select(other => other.Label));

    // Seconds of visits are those of their page views but the last.
    private void KnowVisits(Told row, long all)
    {
        if (row.Bounces is { } bounces)
            Know([.. _pages.Select(page => Of(page, Figure.Bounces))], bounces, bounces);
        foreach (var figure in row.VisitSeconds is null ? [] : new[] { Figure.Seconds, Figure.StaySeconds })
            _polytope.KnowWhereTrue([.. _pages.Select(page => Of(page, figure))], row.VisitSeconds!.Value, row.VisitSeconds.Value);
        foreach (var tree in new[] { Table.EntryPage, Table.ExitPage })
            Know([.. _pages.Select(page => Of(tree, page))], all, all);
    }

    // Told for as many as are told.
    private void KnowShare(Term part, Term of, long told, long toldOf, double within)
    {
        Know([part with { Factor = toldOf }, of with { Factor = -(told - within) }], 0, double.PositiveInfinity);
        Know([part with { Factor = -toldOf }, of with { Factor = told + within }], 0, double.PositiveInfinity);
    }

    // A rebuild adds to tables of pages together; where it is made to add to one alone, the others do not go with it.
    private void Know(IReadOnlyCollection<Term> terms, double least, double most)
    {
        if (_truth.IsRebuilt(_blocks.After, _blocks.Through))
            _polytope.KnowWhereTrue(terms, least, most);
        else
            _polytope.Know(terms, least, most);
    }

    private void Within(IReadOnlyCollection<Term> terms, long told, int rounding) => Know(terms, told - (rounding / 2), told + ((rounding - 1) / 2));

    private void Equal(IEnumerable<Term> one, IEnumerable<Term> other) => _polytope.KnowWhereTrue([.. one, .. other.Select(term => term with { Factor = -term.Factor })], 0, 0);

    private Group Of(string what, IReadOnlyCollection<Term> terms, IEnumerable<(Table Table, string Page, string Other)> cells) => new(what, terms, PeopleOf(cells));

    private IEnumerable<int> PeopleOf(IEnumerable<(Table Table, string Page, string Other)> cells) =>
        cells.SelectMany(cell => _truth.People(cell.Table, Labels.Pair(cell.Page, cell.Other), Figure.Views, _blocks.After, _blocks.Through));
}
