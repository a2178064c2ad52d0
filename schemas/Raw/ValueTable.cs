using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// Numbers distinct byte strings from 1 in the order of their coming; 0 is the empty string. Reused by
/// <see cref="Reset"/>. Not thread-safe.
/// </summary>
public sealed class ValueTable
{
    private const int FirstSlots = 1024;

    // Random per process: log lines are written by strangers, who could otherwise choose values that all collide.
    private static readonly ulong SeedA = RandomSeed();
    private static readonly ulong SeedB = RandomSeed();

    private byte[] _text = new byte[16 * 1024];
    private int _textLength;
    private int[] _ends = new int[FirstSlots];
    private ulong[] _hashes = new ulong[FirstSlots];
    private int[] _slots = new int[FirstSlots * 2];

    /// <summary>Number of values, the empty one included.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>All values back to back, in the order of their numbers.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    /// <summary>The value of that number. Valid until the next call that adds.</summary>
    public ReadOnlySpan<byte> this[int number] => number == 0 ? default : _text.AsSpan(_ends[number - 1], _ends[number] - _ends[number - 1]);

    /// <summary>Length in bytes of the value of that number.</summary>
    public int LengthOf(int number) => number == 0 ? 0 : _ends[number] - _ends[number - 1];

    /// <summary>The number of <paramref name="value"/>, new where it has not been seen since <see cref="Reset"/>.</summary>
    public int Intern(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return 0;
        var hash = Hash(value);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var number = _slots[slot];
            if (number == 0)
                return Add(value, hash, slot);
            if (_hashes[number] == hash && this[number].SequenceEqual(value))
                return number;
        }
    }

    /// <summary>Forgets every value and keeps the memory.</summary>
    public void Reset()
    {
        Array.Clear(_slots);
        (Count, _textLength) = (1, 0);
    }

    private int Add(ReadOnlySpan<byte> value, ulong hash, int slot)
    {
        while (_text.Length - _textLength < value.Length)
            Array.Resize(ref _text, _text.Length * 2);
        value.CopyTo(_text.AsSpan(_textLength));
        _textLength += value.Length;
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
            Array.Resize(ref _hashes, Count * 2);
        }

        var number = Count++;
        _ends[number] = _textLength;
        _hashes[number] = hash;
        _slots[slot] = number;
        if (Count * 2 > _slots.Length)
            Grow();
        return number;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        var mask = _slots.Length - 1;
        for (var number = 1; number < Count; number++)
        {
            var slot = (int)_hashes[number] & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = number;
        }
    }

    // Folded 64x64 multiplication over words of eight bytes.
    private static ulong Hash(ReadOnlySpan<byte> value)
    {
        var hash = SeedA ^ (uint)value.Length;
        while (value.Length >= 16)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(value[..16]);
            hash = Fold(words[0] ^ hash, words[1] ^ SeedB);
            value = value[16..];
        }

        if (value.Length >= 8)
        {
            hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(value) ^ hash, SeedB);
            value = value[8..];
        }

        ulong last = 0;
        foreach (var b in value)
            last = (last << 8) | b;
        return Fold(last ^ hash, SeedB ^ 0x9E37_79B9_7F4A_7C15);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong RandomSeed() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;
}
