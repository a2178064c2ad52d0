using System.Runtime.CompilerServices;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// The cells of a site day by small numbers, and what the block at hand has added to each. Numbers stay as long as the
/// day's state; additions end with the block.
/// </summary>
internal sealed class CellTable
{
    /// <summary>Cells 0 to 23 are the hours of the site's own table.</summary>
    public const int Hours = 24;

    /// <summary>Stands for <see cref="Labels.Exit"/> as the second of a pair.</summary>
    public const int Exit = 0;

    /// <summary>More labels than this in one table of one day count as <see cref="Labels.Other"/>, so that nobody can fill the memory with made-up paths.</summary>
    public const int MaxLabels = 50_000;

    private readonly Dictionary<string, int>?[] _byLabel = new Dictionary<string, int>?[Table.All.Max(table => table.Id) + 1];
    private readonly PairTable<int>?[] _byPair = new PairTable<int>?[Table.All.Max(table => table.Id) + 1];
    private readonly List<(Table Table, string Label)> _names = [];
    private readonly List<int> _touched = [];

    // By cell, its place in the list of those that the block has added to, plus one.
    private int[] _places = new int[Hours + 8];
    private Counters[] _added = new Counters[Hours];

    /// <summary>How many cells have a number.</summary>
    public int Count => _names.Count;

    /// <summary>How many cells the block has added to.</summary>
    public int TouchedCount => _touched.Count;

    /// <summary>What the block has added to a cell; valid until another cell is asked for.</summary>
    public ref Counters this[int cell]
    {
        get
        {
            var place = _places[cell];
            return ref place != 0 ? ref _added[place - 1] : ref Touch(cell);
        }
    }

    /// <summary>The number of a cell, made where it is new.</summary>
    public int Find(Table table, string label)
    {
        var cells = _byLabel[table.Id] ??= new Dictionary<string, int>(StringComparer.Ordinal);
        if (cells.TryGetValue(label, out var cell))
            return cell;
        if (cells.Count >= MaxLabels)
            label = Labels.Other;
        if (!cells.TryGetValue(label, out cell))
            cells.Add(label, cell = Add(table, label));
        return cell;
    }

    /// <summary>The number of a pair's cell, made where it is new: of the labels of two cells.</summary>
    public int FindPair(Table table, int first, int second)
    {
        var cells = _byPair[table.Id] ??= new PairTable<int>();
        ref var cell = ref cells.Find(first, second, out var slot);
        if (!Unsafe.IsNullRef(ref cell))
            return cell;
        if (cells.Count >= MaxLabels)
            return Find(table, Labels.Other);
        var label = Labels.Pair(LabelOf(first), second == Exit ? Labels.Exit : LabelOf(second));
        return cells.Add(first, second, slot) = Add(table, label);
    }

    /// <summary>Hands over what the block has added, in the order in which the cells were first touched, and starts the next.</summary>
    public void TakeInto(List<Cell> cells, string site, DateOnly day)
    {
        for (var i = 0; i < _touched.Count; i++)
        {
            var cell = _touched[i];
            cells.Add(cell < Hours
                ? new Cell(site, day, Table.Site, (byte)cell, "", _added[i])
                : new Cell(site, day, _names[cell - Hours].Table, 0, LabelOf(cell), _added[i]));
            _places[cell] = 0;
        }

        Array.Clear(_added, 0, _touched.Count);
        _touched.Clear();
    }

    /// <summary>The label of a cell outside the site's own table.</summary>
    public string LabelOf(int cell) => _names[cell - Hours].Label;

    private ref Counters Touch(int cell)
    {
        var place = _touched.Count;
        _touched.Add(cell);
        _places[cell] = place + 1;
        if (place == _added.Length)
            Array.Resize(ref _added, place * 2);
        return ref _added[place];
    }

    private int Add(Table table, string label)
    {
        var cell = Hours + _names.Count;
        _names.Add((table, label));
        if (cell == _places.Length)
            Array.Resize(ref _places, cell * 2);
        return cell;
    }
}
