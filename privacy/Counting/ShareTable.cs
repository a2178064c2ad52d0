using System.Numerics;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// The shares that visitors have in cells: a run of cells per visitor, looked through from its start. Most visitors are in
/// few, and 2,000 numbers that lie side by side are looked through in a tenth of a microsecond.
/// </summary>
internal sealed class ShareTable
{
    private const int Smallest = 4;
    private const int ChunkBits = 11;
    private const int Chunk = 1 << ChunkBits;

    // No run crosses a chunk, and none is larger than one: runs double up to FoldBounds.MostCells. Of one chunk, the arrays
    // are small enough for the garbage collector to move them.
    private readonly List<(int[] Cells, Share[] Shares)> _chunks = [];
    private readonly Stack<int>[] _free = [.. Enumerable.Range(0, ChunkBits + 1).Select(_ => new Stack<int>())];
    private int _end;

    /// <summary>How many shares there are.</summary>
    public int Count { get; private set; }

    /// <summary>The place of a run's share of a cell, or -1.</summary>
    public int Find(in ShareRun run, int cell)
    {
        var found = CellsOf(run).IndexOf(cell);
        return found < 0 ? -1 : run.Start + found;
    }

    /// <summary>Adds a share of a cell that the run has none of, and gives its place.</summary>
    public int Add(ref ShareRun run, int cell)
    {
        if (run.Length == 0)
            run.Start = Take(Smallest);
        else if (run.Length >= Smallest && BitOperations.IsPow2(run.Length))
            Double(ref run);
        var place = run.Start + run.Length++;
        Count++;
        var (cells, shares) = _chunks[place >> ChunkBits];
        (cells[place & (Chunk - 1)], shares[place & (Chunk - 1)]) = (cell, default);
        return place;
    }

    /// <summary>The share at a place.</summary>
    public ref Share this[int place] => ref _chunks[place >> ChunkBits].Shares[place & (Chunk - 1)];

    /// <summary>The cells of a run.</summary>
    public ReadOnlySpan<int> CellsOf(in ShareRun run) => run.Length == 0 ? [] : _chunks[run.Start >> ChunkBits].Cells.AsSpan(run.Start & (Chunk - 1), run.Length);

    /// <summary>Writes a run.</summary>
    public void Save(BinaryWriter writer, in ShareRun run)
    {
        if (run.Length == 0)
            return;
        writer.WriteValues(CellsOf(run));
        writer.WriteValues<Share>(_chunks[run.Start >> ChunkBits].Shares.AsSpan(run.Start & (Chunk - 1), run.Length));
    }

    /// <summary>Reads what <see cref="Save"/> wrote of a run of that length, and gives it a place.</summary>
    public void Load(BinaryReader reader, ref ShareRun run)
    {
        if (run.Length == 0)
            return;
        run.Start = Take(Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)run.Length)));
        Count += run.Length;
        var (cells, shares) = _chunks[run.Start >> ChunkBits];
        reader.ReadValues(cells.AsSpan(run.Start & (Chunk - 1), run.Length));
        reader.ReadValues(shares.AsSpan(run.Start & (Chunk - 1), run.Length));
    }

    private void Double(ref ShareRun run)
    {
        var start = Take(run.Length * 2);
        var ((fromCells, fromShares), (toCells, toShares)) = (_chunks[run.Start >> ChunkBits], _chunks[start >> ChunkBits]);
        Array.Copy(fromCells, run.Start & (Chunk - 1), toCells, start & (Chunk - 1), run.Length);
        Array.Copy(fromShares, run.Start & (Chunk - 1), toShares, start & (Chunk - 1), run.Length);
        _free[BitOperations.Log2((uint)run.Length)].Push(run.Start);
        run.Start = start;
    }

    // Space for a run. What is left of a chunk that has no room for it becomes space for smaller ones.
    private int Take(int size)
    {
        if (_free[BitOperations.Log2((uint)size)].TryPop(out var start))
        {
            MakeRoom(start + size);
            return start;
        }

        while (_end % Chunk != 0 && Chunk - (_end % Chunk) < size)
        {
            var left = 1 << BitOperations.TrailingZeroCount(_end);
            _free[BitOperations.Log2((uint)left)].Push(_end);
            _end += left;
        }

        start = _end;
        _end += size;
        MakeRoom(_end);
        return start;
    }

    // The first chunk grows: a day of few visitors takes little.
    private void MakeRoom(int end)
    {
        var (last, needed) = ((end - 1) >> ChunkBits, ((end - 1) & (Chunk - 1)) + 1);
        if (last == _chunks.Count)
            _chunks.Add(last == 0 ? ([], []) : (new int[Chunk], new Share[Chunk]));
        var (cells, shares) = _chunks[last];
        if (cells.Length >= needed)
            return;
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)needed);
        Array.Resize(ref cells, length);
        Array.Resize(ref shares, length);
        _chunks[last] = (cells, shares);
    }
}

/// <summary>Where the shares of a visitor lie.</summary>
internal struct ShareRun
{
    public int Start, Length;
}
