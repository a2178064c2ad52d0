namespace KpTelemetry.Privacy.Counting;

/// <summary>Who was there on a site's day, in which cells, from which networks, and the visits that began then.</summary>
internal sealed class DayTables(OpenVisits visits)
{
    private const Mark ByLabel = Mark.Visitor | Mark.Visiting | Mark.Bouncing | Mark.Staying | Mark.New | Mark.Returning;

    private readonly ShareTable _shares = new();
    private KeyTable _visitors = new();
    private VouchTable _vouchers = new();
    private Visitor[] _states = new Visitor[4];
    private Share _nobodys = Share.Full;

    public CellTable Cells { get; private init; } = new();

    public OpenVisits Visits { get; } = visits;

    /// <summary>How many things it remembers.</summary>
    public long Entries => _visitors.Count + _vouchers.Entries + _shares.Count + Cells.Count + Visits.Entries;

    public ref Visitor this[int visitor] => ref _states[visitor];

    public int FindVisitor(UInt128 key) => _visitors.Find(key);

    public int AddVisitor(UInt128 key, UInt128 network, in AgentCells labels)
    {
        if (_visitors.Count == FoldBounds.MostVisitors)
            return SiteDay.Nobody;
        var visitor = _visitors.Add(key);
        if (visitor == _states.Length)
            Array.Resize(ref _states, visitor * 2);
        var number = _vouchers.Add(network, visitor, out var isThird);
        if (isThird)
            TellFirstOf(number);
        _states[visitor] = new Visitor { Network = number, Labels = labels };
        return visitor;
    }

    public ref Share ShareOfDay(int visitor) => ref visitor == SiteDay.Nobody ? ref _nobodys : ref _states[visitor].OfDay;

    public ref Share ShareOf(int cell, int visitor)
    {
        if (visitor == SiteDay.Nobody)
            return ref _nobodys;
        ref var run = ref _states[visitor].Shares;
        var place = _shares.Find(run, cell);
        if (place < 0)
        {
            if (run.Length == FoldBounds.MostCells || _shares.Count == FoldBounds.MostShares)
                return ref _nobodys;
            place = _shares.Add(ref run, cell);
        }

        return ref _shares[place];
    }

    public int Vouch(int cell, int network, Mark mark) => _vouchers.Vouch(cell, network, mark);

    public void Save(BinaryWriter writer)
    {
        Visits.Save(writer);
        Cells.Save(writer);
        _visitors.Save(writer);
        _vouchers.Save(writer);
        var states = _states.AsSpan(0, _visitors.Count);
        writer.WriteValues<Visitor>(states);
        foreach (ref var state in states)
            _shares.Save(writer, state.Shares);
    }

    public static DayTables Load(BinaryReader reader, FoldPolicy policy, long closesAtMs)
    {
        var tables = new DayTables(OpenVisits.Load(reader, policy, closesAtMs)) { Cells = CellTable.Load(reader) };
        (tables._visitors, tables._vouchers) = (KeyTable.Load(reader), VouchTable.Load(reader));
        tables._states = new Visitor[Math.Max(4, tables._visitors.Count)];
        var states = tables._states.AsSpan(0, tables._visitors.Count);
        reader.ReadValues(states);
        foreach (ref var state in states)
            tables._shares.Load(reader, ref state.Shares);
        return tables;
    }

    // In a table of one label a day, a visitor counts in the label as on the day, but as a viewer and on a path by the day alone.
    private void TellFirstOf(int network)
    {
        var (first, second) = _vouchers.FirstOf(network);
        foreach (var visitor in (ReadOnlySpan<int>)[first, second])
        {
            ref var state = ref _states[visitor];
            _vouchers.Tell(network, SiteDay.WholeDay, state.OfDay.Marks);
            foreach (var cell in (ReadOnlySpan<int>)[state.Labels.Browser, state.Labels.Os, state.Labels.Device, state.Labels.Country])
                _vouchers.Tell(network, cell, state.OfDay.Marks & ByLabel);
            var cells = _shares.CellsOf(state.Shares);
            for (var i = 0; i < cells.Length; i++)
                _vouchers.Tell(network, cells[i], _shares[state.Shares.Start + i].Marks);
        }
    }
}
