using System.Numerics;
using System.Runtime.CompilerServices;

namespace KpTelemetry.Privacy.Counting;

/// <summary>A value for each pair of small numbers that has been asked for; <c>default</c> at first.</summary>
internal sealed class PairTable<T>
    where T : unmanaged
{
    private const int Smallest = 16;
    private const int Chunk = 1024;
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    // A key is kept plus one, so that zero means an empty slot; numbers are below 2^31.
    private ulong[] _keys = new ulong[Smallest];
    private T[] _values = new T[Smallest];

    /// <summary>How many pairs there are.</summary>
    public int Count { get; private set; }

    /// <summary>The pair's value, valid until the next call; made where there is none.</summary>
    public ref T this[int first, int second]
    {
        get
        {
            ref var value = ref Find(first, second, out var slot);
            return ref Unsafe.IsNullRef(ref value) ? ref Add(first, second, slot) : ref value;
        }
    }

    /// <summary>The pair's value, valid until the next call; a null reference where there is none, and then the slot to add it at.</summary>
    public ref T Find(int first, int second, out int slot)
    {
        var key = KeyOf(first, second);
        slot = SlotOf(key);
        return ref _keys[slot] == key ? ref _values[slot] : ref Unsafe.NullRef<T>();
    }

    /// <summary>Adds a pair that was just not found.</summary>
    public ref T Add(int first, int second, int slot)
    {
        var key = KeyOf(first, second);
        if (++Count * 2 > _keys.Length)
        {
            Resize(_keys.Length * 2);
            slot = SlotOf(key);
        }

        _keys[slot] = key;
        return ref _values[slot];
    }

    /// <summary>Writes the pairs and their values.</summary>
    public void Save(BinaryWriter writer)
    {
        var (keys, values, filled) = (new ulong[Chunk], new T[Chunk], 0);
        writer.Write(Count);
        for (var slot = 0; slot < _keys.Length; slot++)
        {
            if (_keys[slot] == 0)
                continue;
            (keys[filled], values[filled++]) = (_keys[slot], _values[slot]);
            if (filled == Chunk)
                WriteChunk();
        }

        WriteChunk();

        void WriteChunk()
        {
            writer.WriteValues<ulong>(keys.AsSpan(0, filled));
            writer.WriteValues<T>(values.AsSpan(0, filled));
            filled = 0;
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static PairTable<T> Load(BinaryReader reader)
    {
        var table = new PairTable<T> { Count = reader.ReadInt32() };
        table.Resize(Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)table.Count * 2)));
        var (keys, values) = (new ulong[Chunk], new T[Chunk]);
        for (var left = table.Count; left > 0; left -= Chunk)
        {
            var count = Math.Min(left, Chunk);
            reader.ReadValues(keys.AsSpan(0, count));
            reader.ReadValues(values.AsSpan(0, count));
            table.Place(keys.AsSpan(0, count), values);
        }

        return table;
    }

    private static ulong KeyOf(int first, int second) => (((ulong)(uint)first << 32) | (uint)second) + 1;

    // Where the key is, or would be put.
    private int SlotOf(ulong key)
    {
        var mask = _keys.Length - 1;
        var slot = (int)((key * Golden) >> 32) & mask;
        while (_keys[slot] != key && _keys[slot] != 0)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Resize(int slots)
    {
        var (keys, values) = (_keys, _values);
        (_keys, _values) = (new ulong[slots], new T[slots]);
        Place(keys, values);
    }

    private void Place(ReadOnlySpan<ulong> keys, ReadOnlySpan<T> values)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0)
                continue;
            var slot = SlotOf(keys[i]);
            (_keys[slot], _values[slot]) = (keys[i], values[i]);
        }
    }
}
