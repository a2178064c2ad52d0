using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace KpTelemetry.Local.Broker.Wire;

/// <summary>
/// Reads the primitives of Kafka's protocol. What does not fit sets <see cref="Failed"/> once and for all, and every
/// later read gives a default, so that a request is parsed to its end and judged there.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> body, bool flexible)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _at;

    /// <summary>Whether strings, arrays and bytes have compact lengths and structures end in tagged fields.</summary>
    public bool Flexible { get; set; } = flexible;

    /// <summary>Whether anything read so far was malformed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Where the next read begins.</summary>
    public readonly int Position => _at;

    public sbyte Int8() => (sbyte)(Take(1) is [var b] ? b : 0);

    public bool Bool() => Int8() != 0;

    public short Int16() => Take(2) is { Length: 2 } s ? BinaryPrimitives.ReadInt16BigEndian(s) : (short)0;

    public int Int32() => Take(4) is { Length: 4 } s ? BinaryPrimitives.ReadInt32BigEndian(s) : 0;

    public long Int64() => Take(8) is { Length: 8 } s ? BinaryPrimitives.ReadInt64BigEndian(s) : 0;

    public Guid Uuid() => Take(16) is { Length: 16 } s ? new Guid(s, bigEndian: true) : default;

    /// <summary>A string; null on the wire is malformed here.</summary>
    public string String()
    {
        var value = NullableString();
        Failed |= value is null;
        return value ?? "";
    }

    public string? NullableString()
    {
        var length = Flexible ? CompactLength() : Int16();
        if (length < 0)
        {
            return Null<string>(length);
        }

        // Text that is no text would come back longer than it came, and not equal to itself.
        var bytes = Take(length);
        Failed |= !Utf8.IsValid(bytes);
        return Failed ? "" : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The place of a byte field in the body; an empty range where it is null.</summary>
    public Range Bytes()
    {
        var length = Flexible ? CompactLength() : Int32();
        if (length < 0)
        {
            Failed |= length < -1;
            return _at.._at;
        }

        var start = _at;
        Take(length);
        return start.._at;
    }

    /// <summary>A byte field as a copy of its own; empty where it is null.</summary>
    public byte[] ByteArray() => _body[Bytes()].ToArray();

    /// <summary>
    /// The number of an array's elements, -1 for null. An array that could not fit in what is left, were every element
    /// of its least size, is malformed: nothing is ever allocated on the word of a length field.
    /// </summary>
    public int Array(int leastElementSize)
    {
        var length = Flexible ? CompactLength() : Int32();
        var fits = length >= -1 && (long)length * leastElementSize <= _body.Length - _at;
        Failed |= !fits;
        return Failed ? 0 : length;
    }

    /// <summary>Skips a structure's tagged fields; nothing where the version has none.</summary>
    public void Tags()
    {
        if (!Flexible)
        {
            return;
        }

        for (var left = VarUInt(); left > 0 && !Failed; left--)
        {
            VarUInt();
            var size = VarUInt();
            Take(size > int.MaxValue ? -1 : (int)size);
        }
    }

    private int CompactLength()
    {
        var length = VarUInt();
        if (length > int.MaxValue)
        {
            Failed = true;
            return 0;
        }

        return (int)length - 1;
    }

    private uint VarUInt()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (Take(1) is not [var b])
            {
                return 0;
            }

            value |= (uint)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        Failed = true;
        return 0;
    }

    private T? Null<T>(int length) where T : class
    {
        Failed |= length < -1;
        return null;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count < 0 || count > _body.Length - _at)
        {
            Failed = true;
            return default;
        }

        var taken = _body.Slice(_at, count);
        _at += count;
        return taken;
    }
}
