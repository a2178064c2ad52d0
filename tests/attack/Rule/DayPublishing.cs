using KpTelemetry.Attack.Tests.Attacking;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>Publishes a day of a world as the publisher does, and notes all that can be read.</summary>
internal sealed class DayPublishing(World world, DayPlan plan, Clauses clauses)
{
    private readonly List<Told> _rows = [];
    private readonly List<BandTold> _bands = [];
    private readonly IReadOnlyList<(long Known, long Through, long Since)> _forgotten = [.. world.Forgotten(plan.Day)];

    public static Answers Of(World world, Clauses clauses)
    {
        var days = world.Days.Select(plan => new DayPublishing(world, plan, clauses)).ToList();
        foreach (var day in days)
            day.Open();
        var joins = new JoinPublishing(world, clauses);
        foreach (var through in world.Days.SelectMany(plan => plan.Settles).Distinct().Order())
        {
            foreach (var day in days.Where(day => day.IsSettledAt(through)))
                day.Settle(through);
            joins.Decide(days, through);
        }

        return new Answers([.. days.SelectMany(day => day._rows)], [.. days.SelectMany(day => day._bands)], joins.Told, clauses);
    }

    public DayPlan Plan => plan;

    /// <summary>What is decided of the day.</summary>
    public DayState State { get; set; } = new() { Day = plan.Day };

    /// <summary>The last block of what waits for the week; the first is the day's.</summary>
    public long WaitingThrough { get; private set; }

    // A day that closes, and whatever has come for the closed ones.
    private bool IsSettledAt(long through) =>
        plan.CloseAfter == through || (State.Closed && world.CellsOf(plan.Day).Any(one => one.Seq > State.Evaluated && one.Seq <= through));

    private void Open()
    {
        for (long seq = 1; seq <= plan.CloseAfter && !clauses.TreesMoveWithSite; seq++)
            MoveTrees(seq);
        if (plan.IsStepping)
            Step();
    }

    private void Step()
    {
        var gathering = new StepGathering(clauses.StepPolicy, 0);
        var current = new Step(new SiteCells(), 0);
        var held = 0L;
        foreach (var seq in world.CellsOf(plan.Day).Select(one => one.Seq).Where(seq => seq <= plan.CloseAfter).Distinct())
        {
            var block = GainReading.Site(world, plan.Day, seq - 1, seq, clauses);
            if (block.IsEmpty)
                continue;
            if (!clauses.LateSuffices && seq == world.RebuiltIn)
                _rows.Add(GainReading.Whole(block, plan.Day, seq - 1, seq, Moment.Step));
            if (!clauses.TechnicalMovesInSteps)
                _rows.AddRange(GainReading.Technical(block, plan.Day, seq));
            if (clauses.HoldsBack)
            {
                var isFirst = gathering.Held == default;
                held = Release(gathering.Gather(block, seq)) || isFirst ? seq : held;
                NoteOpenBand(gathering, held, seq);
            }
            else if (Sufficing.People((current = new Step(GainReading.Sum(current.Cells, block), seq)).Cells.Total, clauses.StepPolicy))
                (current, _) = (new Step(new SiteCells(), seq), Release(current));
        }

        if (!clauses.HoldsBack && !current.Cells.IsEmpty)
            Release(current);
    }

    private bool Release(Step? step)
    {
        if (step is not null)
            Apply(DayRelease.Release(State, step), Moment.Step);
        return step is not null;
    }

    private void Settle(long through)
    {
        foreach (var (known, forgotten, _) in _forgotten.Where(one => one.Since <= through && clauses.ForgetsWithTheState))
        {
            if (known > State.Evaluated)
                SettleKnown(known);
            State = State.Forgotten(forgotten);
        }

        SettleKnown(through);
    }

    private void SettleKnown(long through)
    {
        var gain = GainReading.Of(world, State, through, clauses);
        var before = State;
        var moment = State.Closed ? Moment.Late : Moment.Close;
        var suffices = Sufficing.People(gain.People.Total, clauses.Policy);
        Apply(Decide(gain), moment);
        if (State.Waiting != before.Waiting)
            WaitingThrough = through;
        if (!clauses.PairsOnlyAtTheClose && before.Closed)
            TellPairsAgain(through);
        if (!clauses.LateSuffices && !suffices && before.Closed && gain.People.Total != default)
            _rows.Add(GainReading.Whole(gain.People, plan.Day, before.SiteCovered, gain.Through, moment));
        NoteBand(through);
        if (clauses is { TellsBands: true, BandsHaveAFloor: true })
            NoteBands(gain, before);
    }

    private DayDecision Decide(DayGain gain)
    {
        var decision = clauses.FurtherIsToldOnce ? DayRelease.Settle(State, gain, clauses.Policy, MayBeNamed) : DecideAgain(gain);
        if (clauses.PairsAskTheirTrees)
            return decision;
        var pairs = DayRelease.Settle(State, gain, clauses.Policy);
        return new DayDecision(
            [.. decision.Rows.Where(row => row.Table.Kind != TableKind.Pair), .. pairs.Rows.Where(row => row.Table.Kind == TableKind.Pair)],
            decision.State with { Withheld = decision.State.Withheld.SetItems(pairs.State.Withheld.Where(band => band.Key.Kind == TableKind.Pair)) });
    }

    // What was told before is taken for untold, but for the gain.
    private DayDecision DecideAgain(DayGain gain)
    {
        var decision = DayRelease.Settle(State with { VisitsCovered = 0, TreesCovered = State.TreesCovered.Remove(Table.Page).Remove(Table.ExitPage) }, gain, clauses.Policy, MayBeNamed);
        var state = decision.State with { VisitsCovered = Math.Max(decision.State.VisitsCovered, State.VisitsCovered) };
        foreach (var tree in State.TreesCovered)
            state = state with { TreesCovered = state.TreesCovered.SetItem(tree.Key, Math.Max(state.TreeCovered(tree.Key), tree.Value)) };
        return decision with { State = state };
    }

    // Of all that there is by now, as if the day closed only now.
    private void TellPairsAgain(long through)
    {
        var day = new DayState { Day = plan.Day };
        var decision = DayRelease.Settle(day, GainReading.Of(world, day, through, clauses), clauses.Policy, MayBeNamed);
        Note(decision.Rows.Where(row => row.Table.Kind == TableKind.Pair), day, decision.State, Moment.Late);
    }

    private bool MayBeNamed(Table table, string label) => !clauses.WithholdsIdentifiers || label != world.NamesSomebody;

    private void NoteBand(long through)
    {
        var withheld = GainReading.Site(world, plan.Day, State.SiteCovered, through, new Clauses("")).Total;
        if (withheld == default)
            return;
        var codeOf = CodeOf(State.PageViews, State.Visitors);
        var code = codeOf(withheld.PageViews, withheld.Visitors);
        Xunit.Assert.True(clauses is not { TellsBands: true, BandsHaveAFloor: true } || code == (long)State.WithheldOf(Table.Site));
        _bands.Add(new BandTold(plan.Day, Table.Site, State.SiteCovered, through, code, codeOf));
    }

    // What the cells of a tree or pair add up to, and what is told of that.
    private void NoteBands(DayGain gain, DayState before)
    {
        foreach (var tree in Table.All.Where(table => table.Kind == TableKind.Tree && State.TreeCovered(table) < gain.Through && gain.Cells(table).Count > 0))
        {
            var published = tree.Basis == Basis.Visits ? State.Visits : State.PageViews;
            Add(tree, State.TreeCovered(tree), gain.Cells(tree).Values.Sum(cell => Figure.By(tree).Of(cell)), sum => Bands.Of(true, sum, Math.Max(0, published - Math.Max(sum, clauses.BandsHaveAFloorOnBothSides ? clauses.Policy.K : 0)), clauses.Policy));
        }

        foreach (var pair in Table.All.Where(table => table.Kind == TableKind.Pair && !before.Closed && gain.Cells(table).Count > 0))
        {
            var published = _rows.Where(row => row.Table == pair).Sum(row => row.PageViews!.Value);
            Add(pair, 0, gain.Cells(pair).Values.Sum(cell => cell.PageViews), sum => Bands.Of(true, Math.Max(0, sum - published), published, clauses.Policy));
        }

        void Add(Table table, long after, long held, Func<long, Band> bandOf)
        {
            Xunit.Assert.True(!clauses.BandsHaveAFloorOnBothSides || State.WithheldOf(table) == bandOf(held));
            _bands.Add(new BandTold(plan.Day, table, after, gain.Through, (long)bandOf(held), (sum, _) => (long)bandOf(sum)));
        }
    }

    // An open day withholds what comes after its steps; of what has gathered since, the band tells nothing.
    private void NoteOpenBand(StepGathering gathering, long held, long seq)
    {
        if (gathering.Held == default)
            return;
        var through = clauses.BandsTurnWithSteps ? held : seq;
        var withheld = GainReading.Site(world, plan.Day, State.SiteCovered, through, new Clauses("")).Total;
        var codeOf = CodeOf(State.PageViews, State.Visitors);
        var code = codeOf(withheld.PageViews, withheld.Visitors);
        Xunit.Assert.True(clauses != new Clauses(clauses.Name) || code == (long)DayRelease.Wait(State, gathering, seq).WithheldOf(Table.Site));
        if (_bands.LastOrDefault() is not { } last || (last.After, last.Through) != (State.SiteCovered, through))
            _bands.Add(new BandTold(plan.Day, Table.Site, State.SiteCovered, through, code, codeOf));
    }

    private Func<long, long, long> CodeOf(long viewsTold, long visitorsTold) => clauses switch
    {
        { TellsBands: false } => (views, visitors) => (views * 1000) + visitors,
        { BandsHaveAFloor: false } => (views, visitors) => Math.Max(Unfloored(views, viewsTold), Unfloored(visitors, visitorsTold)),
        _ => (views, visitors) => Math.Max((long)Bands.Of(true, views, viewsTold, clauses.Policy), (long)Bands.Of(true, visitors, visitorsTold, clauses.Policy)),
    };

    private static long Unfloored(long withheld, long released) => withheld * 100 < withheld + released ? 1 : withheld * 20 < withheld + released ? 2 : 3;

    // As if the site's total moved along, but it does not.
    private void MoveTrees(long through)
    {
        var people = new SiteCells();
        people.AddSite(0, new Counters { Requests = 1, Vouched = 1000, VouchedViewers = 1000, CappedViews = 1000, CappedRequests = 1000 });
        var decision = DayRelease.Settle(State, GainReading.Of(world, State, through, clauses) with { People = people }, clauses.Policy, MayBeNamed);
        Note(decision.Rows.Where(row => row.Table.Kind == TableKind.Tree), State, decision.State, Moment.Step);
        State = State with { TreesCovered = decision.State.TreesCovered };
    }

    private void Apply(DayDecision decision, Moment moment)
    {
        var before = State;
        State = decision.State;
        Note(decision.Rows, before, State, moment);
    }

    private void Note(IEnumerable<PublishedRow> rows, DayState before, DayState after, Moment moment)
    {
        var told = rows.Select(row => row.Table.Kind switch
        {
            TableKind.Site when row.Visits is not null => Told.Of(row, moment, before.VisitsCovered, after.VisitsCovered),
            TableKind.Site => Told.Of(row, moment, before.SiteCovered, after.SiteCovered),
            TableKind.Pair => Told.Of(row, moment, 0, after.Evaluated),
            TableKind.Technical => Told.Of(row, moment, before.TechnicalCovered, after.TechnicalCovered),
            _ => Told.Of(row, moment, before.TreeCovered(row.Table), after.TreeCovered(row.Table)),
        }).ToList();
        if (!clauses.RunsOfHours && moment != Moment.Step && told.Exists(row => row is { Table.Id: 1, Visitors: not null }))
            told = [.. told.Where(row => row.Table != Table.Site || row.Visits is not null), .. GainReading.Hours(world, plan.Day, before.SiteCovered, after.SiteCovered, moment)];
        _rows.AddRange(new RowAltering(world, clauses).Alter(told));
    }
}
