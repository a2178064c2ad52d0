using Google.Protobuf;

namespace KpTelemetry.Schemas.Raw;

/// <summary>Writes length-delimited fields of Protobuf's wire format into a buffer that is known to be large enough.</summary>
internal ref struct WireWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    /// <summary>Bytes of a field with that much content.</summary>
    public static int FieldLength(int number, int content) => VarintLength(TagOf(number)) + VarintLength((uint)content) + content;

    public void Field(int number, ReadOnlySpan<byte> content)
    {
        Head(number, content.Length);
        content.CopyTo(_buffer[Written..]);
        Written += content.Length;
    }

    public void Head(int number, int length)
    {
        Varint(TagOf(number));
        Varint((uint)length);
    }

    private static uint TagOf(int number) => ((uint)number << 3) | (uint)WireFormat.WireType.LengthDelimited;

    private void Varint(uint rest)
    {
        while (rest >= 0x80)
        {
            _buffer[Written++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        _buffer[Written++] = (byte)rest;
    }

    private static int VarintLength(uint value) => (38 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;
}
