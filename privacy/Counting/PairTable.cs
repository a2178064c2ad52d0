namespace KpTelemetry.Privacy.Counting;

/// <summary>A byte for each pair of small numbers that has been asked for; 0 at first.</summary>
internal sealed class PairTable
{
    private const int Smallest = 64;
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    // A key is kept plus one, so that zero means an empty slot; numbers are below 2^31.
    private ulong[] _keys = new ulong[Smallest];
    private byte[] _values = new byte[Smallest];
    private int _count;

    /// <summary>The pair's byte, valid until the next call.</summary>
    public ref byte this[int first, int second]
    {
        get
        {
            var key = (((ulong)(uint)first << 32) | (uint)second) + 1;
            var mask = _keys.Length - 1;
            for (var slot = SlotOf(key); ; slot = (slot + 1) & mask)
            {
                if (_keys[slot] == key)
                    return ref _values[slot];
                if (_keys[slot] == 0)
                    return ref Add(key, slot);
            }
        }
    }

    private int SlotOf(ulong key) => (int)((key * Golden) >> 32) & (_keys.Length - 1);

    private ref byte Add(ulong key, int slot)
    {
        if (++_count * 2 > _keys.Length)
        {
            Grow();
            slot = FreeSlotOf(key);
        }

        _keys[slot] = key;
        return ref _values[slot];
    }

    private int FreeSlotOf(ulong key)
    {
        var slot = SlotOf(key);
        while (_keys[slot] != 0)
            slot = (slot + 1) & (_keys.Length - 1);
        return slot;
    }

    private void Grow()
    {
        var (keys, values) = (_keys, _values);
        (_keys, _values) = (new ulong[keys.Length * 2], new byte[keys.Length * 2]);
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0)
                continue;
            var slot = FreeSlotOf(keys[i]);
            (_keys[slot], _values[slot]) = (keys[i], values[i]);
        }
    }
}
