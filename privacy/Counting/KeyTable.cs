namespace KpTelemetry.Privacy.Counting;

/// <summary>Gives 128-bit keys small numbers, from 0 in the order of their arrival. Keys are keyed hashes: nobody can choose them to collide.</summary>
internal sealed class KeyTable
{
    private const int Smallest = 16;
    private UInt128[] _keys = new UInt128[Smallest];
    private int[] _slots = new int[Smallest * 2];

    /// <summary>How many keys there are.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a key, or -1.</summary>
    public int Find(UInt128 key)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)(ulong)key & mask; ; slot = (slot + 1) & mask)
        {
            var entry = _slots[slot] - 1;
            if (entry < 0 || _keys[entry] == key)
                return entry;
        }
    }

    /// <summary>Adds a key that is not in the table, and gives its number.</summary>
    public int Add(UInt128 key)
    {
        if (Count == _keys.Length)
        {
            Resize(Count * 2);
            PlaceAll();
        }

        _keys[Count] = key;
        Place(Count);
        return Count++;
    }

    /// <summary>The number of a key, added where it is new.</summary>
    public int FindOrAdd(UInt128 key) => Find(key) is >= 0 and var found ? found : Add(key);

    /// <summary>Writes the keys in the order of their numbers.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Count);
        writer.WriteValues<UInt128>(_keys.AsSpan(0, Count));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static KeyTable Load(BinaryReader reader)
    {
        var table = new KeyTable { Count = reader.ReadInt32() };
        table.Resize(Math.Max(Smallest, table.Count));
        reader.ReadValues(table._keys.AsSpan(0, table.Count));
        table.PlaceAll();
        return table;
    }

    private void Place(int entry)
    {
        var mask = _slots.Length - 1;
        var slot = (int)(ulong)_keys[entry] & mask;
        while (_slots[slot] != 0)
            slot = (slot + 1) & mask;
        _slots[slot] = entry + 1;
    }

    private void Resize(int keys)
    {
        Array.Resize(ref _keys, keys);
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)keys) * 2];
    }

    private void PlaceAll()
    {
        for (var entry = 0; entry < Count; entry++)
            Place(entry);
    }
}
