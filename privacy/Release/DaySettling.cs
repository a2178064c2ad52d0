using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>One settling of a day, see <see cref="DayRelease.Settle"/>. Used once.</summary>
internal sealed class DaySettling(DayState before, DayGain gain, ReleasePolicy policy, Func<Table, string, bool> mayBeNamed)
{
    private readonly List<PublishedRow> _rows = [];
    private readonly Dictionary<Table, TreeDecision> _trees = [];
    private readonly Dictionary<Table, long> _pairs = [];
    private DayState _state = before with { Closed = true, Evaluated = gain.Through };

    internal DayDecision Decide()
    {
        if (Sufficing.People(gain.People.Total, policy))
            MovePeople();
        else if (!before.Closed)
            MoveTechnical();
        if (Sufficing.Visits(gain.Visits, policy))
            MoveVisits();
        foreach (var (tree, decision) in _trees)
            _rows.AddRange(TreeRows.Of(before.Day, tree, decision, ToldFurther(tree, decision), policy));
        if (!before.Closed)
            MovePairs();
        _state = _state with { Waiting = IsUntold ? gain.People.Total : before.SiteCovered == 0 ? default : before.Waiting, Withheld = WithheldBands.Of(before, _state, gain, _pairs, policy) };
        return new DayDecision(_rows, _state);
    }

    // Nothing of the day's people is told: it may join its week.
    private bool IsUntold => _state is { SiteCovered: 0, Steps: 0 };

    private void MovePeople()
    {
        _rows.AddRange(SiteRows.Of(before.Day, HourRun.Split(gain.People, gain.Technical, policy), gain.People, gain.Technical));
        _state = _state with
        {
            SiteCovered = gain.Through,
            TechnicalCovered = gain.Through,
            Requests = before.Requests + gain.Technical.Total.Requests,
            Visitors = before.Visitors + gain.People.Total.Visitors,
            PageViews = before.PageViews + gain.People.Total.PageViews,
        };
        foreach (var tree in DayRelease.Trees.Where(tree => tree.Basis != Basis.Visits))
            MoveTree(tree);
    }

    private void MoveTechnical()
    {
        _rows.AddRange(SiteRows.TechnicalOnly(before.Day, gain.Technical));
        _state = _state with { TechnicalCovered = gain.Through, Requests = before.Requests + gain.Technical.Total.Requests };
    }

    private void MoveVisits()
    {
        _rows.Add(SiteRows.Visits(before.Day, gain.Visits, policy));
        _state = _state with { VisitsCovered = gain.Through, Visits = before.Visits + gain.Visits.Visits };
        foreach (var tree in DayRelease.Trees.Where(tree => tree.Basis == Basis.Visits))
            MoveTree(tree);
    }

    private void MoveTree(Table tree)
    {
        if (TreeRelease.Decide(tree, gain.Cells(tree), policy, mayBeNamed) is not { } decision)
            return;
        _trees[tree] = decision;
        _state = _state with { TreesCovered = _state.TreesCovered.SetItem(tree, gain.Through) };
    }

    // Released once: later data would add to them step by step, by fewer than k each.
    private void MovePairs()
    {
        foreach (var pair in DayRelease.Pairs)
        {
            if (NamesOf(pair) is not { } areNamed)
                continue;
            var rows = PairRelease.Decide(before.Day, pair, gain.Cells(pair), areNamed, policy);
            _pairs[pair] = rows.Sum(row => row.PageViews ?? 0);
            _rows.AddRange(rows);
        }
    }

    // Whether both labels are named; null where one of the trees is not released.
    private Func<string, string, bool>? NamesOf(Table pair)
    {
        var second = pair == Table.PageNextPage ? Table.Page : DayRelease.Trees.First(tree => tree.Dimension == pair.Second);
        return _trees.TryGetValue(Table.Page, out var pages) && _trees.TryGetValue(second, out var others)
            ? (page, label) => pages.NamedLabels.Contains(page) && others.NamedLabels.Contains(label)
            : null;
    }

    // Further figures of a tree are told once, of the same blocks as the totals that they could be subtracted from.
    private Further ToldFurther(Table tree, TreeDecision decision)
    {
        if (tree == Table.Page && before.TreeCovered(Table.Page) == 0 && before.TreeCovered(Table.ExitPage) == 0)
            return new Further { Stays = decision.ToldBeside(MayTellStays, policy) };
        if (!tree.HasCourse || before.VisitsCovered != 0)
            return new Further();
        return new Further
        {
            Bounces = decision.ToldBeside(cell => MayTellCourse(tree, cell), policy),
            Seconds = decision.ToldBeside(cell => MayTellCourse(tree, cell) && Sufficing.Seconds(cell.Value, policy), policy),
        };
    }

    // Page views minus stays are the visits that ended on the page. The seconds of all visits are those on all pages.
    private bool MayTellStays(KeyValuePair<string, Counters> page) =>
        Sufficing.Stays(page.Value, policy) && Sufficing.Visits(gain.Cell(Table.ExitPage, page.Key), policy);

    // A bounce on a page is an entry and an exit there, so bounces can be subtracted from either.
    private bool MayTellCourse(Table tree, KeyValuePair<string, Counters> cell) =>
        Sufficing.Course(cell.Value, policy) && (tree != Table.EntryPage || Sufficing.Course(gain.Cell(Table.ExitPage, cell.Key), policy));
}
