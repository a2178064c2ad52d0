using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    private static readonly Table[] Tables = [.. Enumerable.Range(0, Table.All.Max(table => table.Id) + 1).Select(id => Table.All.FirstOrDefault(table => table.Id == id)!)];

    private readonly Dictionary<string, int>?[] _byLabel = new Dictionary<string, int>?[Tables.Length];
    private readonly PairTable<int>?[] _byPair = new PairTable<int>?[Tables.Length];
    private readonly List<(Table Table, string Label)> _names = [];
    private readonly List<int> _touched = [];

    // By cell, its place in the list of those that the block has added to, plus one.
    private int[] _places = new int[Hours + 8];
    private Counters[] _added = new Counters[4];

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
        var label = Labels.Pair(LabelOf(first), LabelOf(second));
        return cells.Add(first, second, slot) = Add(table, label);
    }

    /// <summary>Hands over what the block has added, in the order in which the cells were first touched, and starts the next.</summary>
    public void TakeInto(List<Cell> cells, string site, DateOnly day)
    {
        cells.EnsureCapacity(cells.Count + _touched.Count);
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

    /// <summary>Writes the cells, and what the block has added to them.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_names.Count);
        foreach (var (table, label) in _names)
        {
            writer.Write((byte)table.Id);
            writer.Write(label);
        }

        foreach (var table in Table.All)
        {
            writer.Write(_byPair[table.Id] is not null);
            _byPair[table.Id]?.Save(writer);
        }

        writer.Write(_touched.Count);
        writer.WriteValues<int>(CollectionsMarshal.AsSpan(_touched));
        writer.WriteValues<Counters>(_added.AsSpan(0, _touched.Count));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static CellTable Load(BinaryReader reader)
    {
        var cells = new CellTable();
        for (var count = reader.ReadInt32(); count > 0; count--)
            cells.Name(Tables[reader.ReadByte()], reader.ReadString());
        foreach (var table in Table.All)
            cells._byPair[table.Id] = reader.ReadBoolean() ? PairTable<int>.Load(reader) : null;
        var touched = new int[reader.ReadInt32()];
        reader.ReadValues<int>(touched);
        cells._added = new Counters[Math.Max(4, touched.Length)];
        reader.ReadValues(cells._added.AsSpan(0, touched.Length));
        foreach (var cell in touched)
        {
            cells._touched.Add(cell);
            cells._places[cell] = cells._touched.Count;
        }

        return cells;
    }

    // What is known by its two labels is found by their numbers.
    private void Name(Table table, string label)
    {
        var cell = Add(table, label);
        if (table.Kind != TableKind.Pair || label == Labels.Other)
            (_byLabel[table.Id] ??= new Dictionary<string, int>(StringComparer.Ordinal)).Add(label, cell);
    }

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
