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

    /// <summary>More labels than this in one table of one day count as <see cref="Labels.Other"/>, so that nobody can fill the memory with made-up paths.</summary>
    public const int MaxLabels = 50_000;

    private readonly Dictionary<string, int>?[] _byLabel = new Dictionary<string, int>?[Table.All.Max(table => table.Id) + 1];
    private readonly List<(Table Table, string Label)> _names = [];
    private readonly List<int> _touched = [];
    private Counters[] _added = new Counters[Hours + 8];
    private bool[] _isTouched = new bool[Hours + 8];

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

    /// <summary>What the block has added to a cell; valid until a cell is made.</summary>
    public ref Counters this[int cell]
    {
        get
        {
            if (!_isTouched[cell])
            {
                _isTouched[cell] = true;
                _touched.Add(cell);
            }

            return ref _added[cell];
        }
    }

    /// <summary>How many cells the block has added to.</summary>
    public int TouchedCount => _touched.Count;

    /// <summary>Hands over what the block has added, in the order in which the cells were first touched, and starts the next.</summary>
    public void TakeInto(List<Cell> cells, string site, DateOnly day)
    {
        foreach (var cell in _touched)
        {
            cells.Add(cell < Hours
                ? new Cell(site, day, Table.Site, (byte)cell, "", _added[cell])
                : new Cell(site, day, _names[cell - Hours].Table, 0, _names[cell - Hours].Label, _added[cell]));
            _added[cell] = default;
            _isTouched[cell] = false;
        }

        _touched.Clear();
    }

    private int Add(Table table, string label)
    {
        var cell = Hours + _names.Count;
        _names.Add((table, label));
        if (cell == _added.Length)
        {
            Array.Resize(ref _added, cell * 2);
            Array.Resize(ref _isTouched, cell * 2);
        }

        return cell;
    }
}
