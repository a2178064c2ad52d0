using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What silence tells whoever knows the rule, and that everybody vouches and came once, to see one page: every way in
/// which so many people can have had the labels of some trees, by the close and in each file, is told by the rule. Out is
/// each of which it would have told something else, or would have been silent of something else: a tree, a label, a file.
/// </summary>
internal sealed class TableInversion
{
    private const int K = 11;
    private const int MostTried = 4_000;

    // Trees of which one label of a visitor leaves no choice for the others.
    private static readonly Table[][] Families =
        [[Table.Page, Table.EntryPage, Table.ExitPage], [Table.Source, Table.Campaign], [Table.Referrer], [Table.Browser], [Table.Os], [Table.Device], [Table.Cohort]];

    private readonly World _world;
    private readonly Answers _answers;
    private readonly Table[] _family;
    private readonly IReadOnlyList<long> _settles;
    private readonly List<Told> _rows;
    private readonly Dictionary<(Table Table, long Through), long> _bands;

    // Which of the kinds of people are of a label.
    private readonly Dictionary<(Table Table, string Label), int[]> _labels;
    private readonly int _kinds;

    // As many as are of each kind, of each file; those of the close first.
    private readonly long[] _truth;

    private TableInversion(World world, DayPlan plan, Answers answers, Table[] family)
    {
        (_world, _answers, _family) = (world, answers, family);
        _rows = [.. answers.Rows.Where(row => row.Day == plan.Day && (family.Contains(row.Table) || (row.Table == Table.Site && (row.Visitors ?? row.Visits) is not null)))];
        _bands = answers.Bands.Where(band => band.Day == plan.Day && (family.Contains(band.Table) || band.Table == Table.Site)).ToDictionary(band => (band.Table, band.Through), band => band.Code);
        var last = _rows.Select(row => row.Through).DefaultIfEmpty().Max();
        _settles = [.. plan.Settles.Where(through => through <= last)];

        var people = world.SharesOf(plan.Day).Where(one => family.Contains(one.Share.Cell.Table)).GroupBy(one => one.Share.Person)
            .Select(one => (Labels: one.Select(share => (share.Share.Cell.Table, share.Share.Cell.Label)).Distinct().OrderBy(label => label.Table.Id).ToList(), First: FileOf(one.Min(share => share.Seq)), Last: FileOf(one.Max(share => share.Seq)))).ToList();
        IsFit = people.TrueForAll(person => person.Labels.Select(label => label.Table).SequenceEqual(family.OrderBy(table => table.Id)) && person.First == person.Last);
        var kinds = people.Select(person => person.Labels).DistinctBy(labels => string.Join('\n', labels)).ToList();
        _kinds = kinds.Count;
        _labels = kinds.SelectMany((labels, kind) => labels.Select(label => (label, kind))).GroupBy(one => one.label, one => one.kind).ToDictionary(label => label.Key, label => label.ToArray());
        _truth = new long[_kinds * _settles.Count];
        foreach (var (labels, first, _) in people.Where(person => person.First < _settles.Count))
            _truth[NumberOf(kinds.FindIndex(other => other.SequenceEqual(labels)), first)]++;
    }

    private sealed record Asked(Table Table, string What, IReadOnlyList<int> Numbers, long People);

    // Whether everybody has a label in each of the trees, all in one file.
    private bool IsFit { get; }

    // Whether the labels of each rest can be exchanged. One that is drawn in last cannot: residuals.
    private bool AreAlike => _rows.Where(row => row.Label == Labels.Other).All(rest =>
        !_labels.ContainsKey((rest.Table, Last(rest.Table))) || _rows.Exists(row => row.Table == rest.Table && row.Through == rest.Through && row.Label == Last(rest.Table)));

    private static string Last(Table table) => table == Table.Campaign ? Labels.None : table == Table.Source ? Labels.Campaign : table == Table.Cohort ? Labels.New : "";

    /// <summary>One label, two, and all but one, of which one figure is left, of few.</summary>
    public static IEnumerable<Isolated> Isolate(World world, DayPlan plan, Answers answers)
    {
        if (plan.IsStepping || !world.EverybodyVouches || world.Forgotten(plan.Day).Any() || !EverybodyCameOnce(world, plan.Day))
            return [];
        return Families.Select(family => new TableInversion(world, plan, answers, family)).Where(inversion => inversion.IsFit && inversion.AreAlike).SelectMany(inversion => inversion.Isolate(plan.Day));
    }

    private static bool EverybodyCameOnce(World world, DateOnly day) => world.SharesOf(day).Where(one => one.Share.Cell.Table == Table.Site).GroupBy(one => one.Share.Person)
        .All(person => person.Sum(one => one.Share.Counters.Requests) == 1 && person.Sum(one => one.Share.Counters.PageViews) == 1 && person.Sum(one => one.Share.Counters.Visits) == 1);

    private int FileOf(long seq) => _settles.Count(through => through < seq);

    private int NumberOf(int kind, int file) => (file * _kinds) + kind;

    private IEnumerable<Isolated> Isolate(DateOnly day)
    {
        var left = Groups().Where(group => group.People is > 0 and < K).ToList();
        if (left.Count == 0 || !IsTold(_truth))
            return [];
        var tried = 0;
        foreach (var way in new Ways(_truth.Length, [.. Bounds()]).All())
        {
            if (++tried > MostTried || left.Count == 0)
                return [];
            if (left.Exists(group => Sum(group.Numbers, way) != group.People) && IsTold(way))
                left.RemoveAll(group => Sum(group.Numbers, way) != group.People);
        }

        return left.Select(group => new Isolated(day, group.Table, group.What, (int)group.People));
    }

    private static long Sum(IReadOnlyList<int> numbers, IReadOnlyList<long> way) => numbers.Sum(number => way[number]);

    private IEnumerable<Asked> Groups()
    {
        foreach (var (table, labels) in _labels.Keys.GroupBy(label => label.Table, label => label.Label).Select(table => (table.Key, table.ToList())))
        {
            foreach (var some in labels.SelectMany((label, i) => (string[][])[[label], [.. labels.Where(other => other != label)], .. labels.Skip(i + 1).Select(other => (string[])[label, other])]).DistinctBy(some => string.Join('\n', some)))
            {
                for (var first = 0; first < _settles.Count; first++)
                {
                    for (var last = first; last < _settles.Count; last++)
                    {
                        int[] numbers = [.. Numbers(some.SelectMany(label => _labels[(table, label)]), first, last)];
                        yield return new Asked(table, $"visitors of {string.Join(" and ", some.Select(label => $"'{label}'"))} of files {first} to {last}, by what else is silent,", numbers, Sum(numbers, _truth));
                    }
                }
            }
        }
    }

    private IEnumerable<int> Numbers(IEnumerable<int> kinds, int first, int last) =>
        kinds.SelectMany(kind => Enumerable.Range(first, last - first + 1).Select(file => NumberOf(kind, file)));

    // What rows tell by themselves, and that what the site was silent of is fewer than k: so that there are fewer ways to try.
    private IEnumerable<Bound> Bounds()
    {
        foreach (var release in _rows.GroupBy(row => (row.Table, row.After, row.Through, IsOfVisits: row.Visits is not null)))
        {
            var (first, last) = (FileOf(release.Key.After + 1), FileOf(release.Key.Through));
            if (release.Key.Table == Table.Site)
                yield return Between(Enumerable.Range(0, _kinds), release.Sum(row => row.Visits ?? row.Visitors!.Value), 0, 0);
            var named = release.Select(row => row.Label).ToHashSet();
            foreach (var row in release.Where(row => row.Table != Table.Site && (row.Visits ?? row.PageViews) is not null && (!row.Table.IsInTens || row.Label != Labels.Other)))
            {
                var kinds = row.Label == Labels.Other ? _labels.Where(label => label.Key.Table == row.Table && !named.Contains(label.Key.Label)).SelectMany(label => label.Value) : _labels[(row.Table, row.Label)];
                var rounding = row.Table.IsInTens ? _answers.Build.Policy.Rounding : 1;
                yield return Between(kinds, row.Visits ?? row.PageViews!.Value, rounding / 2, (rounding - 1) / 2);
            }

            Bound Between(IEnumerable<int> kinds, long people, long fewer, long more) => new([.. Numbers(kinds, first, last)], people - fewer, people + more);
        }

        for (var (file, since) = (0, 0); file < _settles.Count; file++)
        {
            if (_rows.Exists(row => row.Table == Table.Site && row.Visitors is not null && row.Through == _settles[file]))
                since = file + 1;
            else
                yield return new Bound([.. Numbers(Enumerable.Range(0, _kinds), since, file)], 0, _answers.Build.Policy.K - 1);
        }
    }

    // Whether the rule tells of the people what it has told, and is silent of the same.
    private bool IsTold(IReadOnlyList<long> way)
    {
        var state = new DayState { Day = _world.Days[0].Day };
        for (var file = 0; file < _settles.Count; file++)
        {
            var decision = DayRelease.Settle(state, GainOf(way, state, file), _answers.Build.Policy, (_, label) => !_answers.Build.WithholdsIdentifiers || label != _world.NamesSomebody);
            if (!TellsTheSame(decision, _settles[file]))
                return false;
            state = decision.State;
        }

        return true;
    }

    private bool TellsTheSame(DayDecision decision, long through)
    {
        var told = _rows.Where(row => row.Through == through).ToList();
        return decision.Rows.Where(row => _family.Contains(row.Table)).Select(row => (row.Table, row.Label, row.PageViews, row.Visitors, row.Visits)).ToHashSet()
                .SetEquals(told.Where(row => row.Table != Table.Site).Select(row => (row.Table, row.Label, row.PageViews, row.Visitors, row.Visits)))
            && OfSite(decision.Rows.Where(row => row.Table == Table.Site).Select(row => (row.Visitors, row.Visits, row.NewVisitors))) == OfSite(told.Where(row => row.Table == Table.Site).Select(row => (row.Visitors, row.Visits, row.NewVisitors)))
            && _family.Append(Table.Site).All(table => (long)decision.State.WithheldOf(table) == _bands.GetValueOrDefault((table, through)));
    }

    // Of a way in which cohorts are not tried it is not known who was new.
    private (long, long, long) OfSite(IEnumerable<(long? Visitors, long? Visits, long? New)> rows) =>
        rows.Aggregate((0L, 0L, 0L), (sum, row) => (sum.Item1 + (row.Visitors ?? 0), sum.Item2 + (row.Visits ?? 0), sum.Item3 + (_family[0] == Table.Cohort ? row.New ?? 0 : 0)));

    // The publisher numbers blocks from 1, and here each file is one.
    private DayGain GainOf(IReadOnlyList<long> way, DayState state, int file)
    {
        var trees = _family.ToDictionary(table => table, _ => new Dictionary<string, Counters>());
        foreach (var ((table, label), kinds) in _labels)
        {
            if (Of(way, kinds, state.TreeCovered(table), file) is var cell && cell != default)
                trees[table][label] = cell;
        }

        var all = Enumerable.Range(0, _kinds).ToArray();
        return new DayGain(Site(Of(way, all, state.SiteCovered, file)), Site(Of(way, all, state.TechnicalCovered, file)), trees.ToDictionary(tree => tree.Key, tree => (IReadOnlyDictionary<string, Counters>)tree.Value), file + 1)
        {
            Visits = Of(way, all, state.VisitsCovered, file),
        };
    }

    private static SiteCells Site(in Counters counters)
    {
        var site = new SiteCells();
        site.AddSite(0, counters);
        return site;
    }

    private Counters Of(IReadOnlyList<long> way, int[] kinds, long covered, int last)
    {
        var sum = default(Counters);
        for (var file = (int)covered; file <= last; file++)
        {
            foreach (var kind in kinds)
                sum.Add(Of(way[NumberOf(kind, file)], kind));
        }

        return sum;
    }

    private Counters Of(long people, int kind)
    {
        var (isNew, isBack) = (IsOf(Labels.New, kind), _family[0] == Table.Cohort && !IsOf(Labels.New, kind) && !IsOf(Labels.Unknown, kind));
        return new Counters
        {
            Requests = people, CappedRequests = people, PageViews = people, CappedViews = people, Visitors = people, Viewers = people,
            Vouched = people, VouchedViewers = people, Entered = people, VouchedEntered = people,
            Visits = people, VouchedVisiting = people, Bounces = people, VouchedBouncing = people,
            NewVisitors = isNew ? people : 0, VouchedNew = isNew ? people : 0, VouchedReturning = isBack ? people : 0,
        };
    }

    private bool IsOf(string cohort, int kind) => _labels.TryGetValue((Table.Cohort, cohort), out var kinds) && kinds.Contains(kind);
}
