using Google.Protobuf;

namespace KpTelemetry.Schemas.Raw;

/// <summary>Reads Protobuf's wire format from a span; false instead of an exception where the bytes do not read.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at == _bytes.Length;

    public bool TryVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70 && _at < _bytes.Length; shift += 7)
        {
            var b = _bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return true;
        }

        return false;
    }

    /// <summary>A field: its number and, where it is length-delimited, its content. Other wire types are skipped with empty content.</summary>
    public bool TryField(out int number, out ReadOnlySpan<byte> content)
    {
        content = default;
        number = 0;
        if (!TryVarint(out var tag) || tag >> 3 is 0 or > int.MaxValue)
            return false;
        number = (int)(tag >> 3);
        switch ((WireFormat.WireType)(tag & 7))
        {
            case WireFormat.WireType.LengthDelimited:
                return TryVarint(out var length) && TryTake(length, out content);
            case WireFormat.WireType.Varint:
                return TryVarint(out _);
            case WireFormat.WireType.Fixed64:
                return TryTake(8, out _);
            case WireFormat.WireType.Fixed32:
                return TryTake(4, out _);
            default:
                return false;
        }
    }

    private bool TryTake(ulong length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (ulong)(_bytes.Length - _at))
            return false;
        taken = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return true;
    }
}
