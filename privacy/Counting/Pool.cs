namespace KpTelemetry.Privacy.Counting;

/// <summary>Structs by small numbers from 1, which are given again once they are returned. References are valid until the next is rented.</summary>
internal sealed class Pool<T>
    where T : unmanaged
{
    private readonly Stack<int> _free = new();
    private T[] _items = new T[16];
    private int _last;

    /// <summary>How many are rented.</summary>
    public int Count => _last - _free.Count;

    public ref T this[int number] => ref _items[number];

    public int Rent()
    {
        if (_free.TryPop(out var number))
            return number;
        if (++_last == _items.Length)
            Array.Resize(ref _items, _last * 2);
        return _last;
    }

    public void Return(int number) => _free.Push(number);

    /// <summary>Writes what is rented, and which numbers are free.</summary>
    public void Save(BinaryWriter writer)
    {
        var last = Count == 0 ? 0 : _last;
        writer.Write(last);
        writer.WriteValues<T>(_items.AsSpan(0, last + 1));
        int[] free = last == 0 ? [] : [.. _free];
        writer.Write(free.Length);
        writer.WriteValues<int>(free);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static Pool<T> Load(BinaryReader reader)
    {
        var last = reader.ReadInt32();
        var pool = new Pool<T> { _last = last, _items = new T[Math.Max(16, last + 1)] };
        reader.ReadValues(pool._items.AsSpan(0, last + 1));
        var free = new int[reader.ReadInt32()];
        reader.ReadValues<int>(free);
        foreach (var number in free)
            pool._free.Push(number);
        return pool;
    }
}
