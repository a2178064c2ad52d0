using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KpTelemetry.Platform.ClickHouse;

/// <summary>Writes ClickHouse's RowBinary: values of a row one after the other, little-endian, strings behind their length. Reusable after <see cref="Clear"/>.</summary>
/// <param name="bytes">How many it will be, about: it grows by doubling.</param>
public sealed class RowBinaryWriter(int bytes = 64 * 1024)
{
    private const int EpochDayNumber = 719_162; // DateOnly(1970, 1, 1).DayNumber
    private readonly ArrayBufferWriter<byte> _buffer = new(bytes);

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>Starts over, keeping the memory.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>A <c>UInt8</c>.</summary>
    public void Write(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>A <c>UInt32</c>; negative values are refused.</summary>
    public void WriteUInt32(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
    }

    /// <summary>A <c>UInt64</c>; negative values are refused.</summary>
    public void WriteUInt64(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    /// <summary>A <c>Nullable(UInt64)</c>; negative values are refused.</summary>
    public void WriteNullableUInt64(long? value)
    {
        Write(value is null ? (byte)1 : (byte)0);
        if (value is { } known)
            WriteUInt64(known);
    }

    /// <summary>A <c>Date</c>: 1970-01-01 to 2149-06-06; others are refused.</summary>
    public void Write(DateOnly value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.GetSpan(sizeof(ushort)), checked((ushort)(value.DayNumber - EpochDayNumber)));
        _buffer.Advance(sizeof(ushort));
    }

    /// <summary>A <c>String</c> of bytes.</summary>
    public void Write(ReadOnlySpan<byte> value)
    {
        WriteLength(value.Length);
        _buffer.Write(value);
    }

    /// <summary>A <c>String</c> in UTF-8.</summary>
    public void Write(ReadOnlySpan<char> value)
    {
        WriteLength(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _buffer);
    }

    private void WriteLength(int length)
    {
        var rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7)
            Write((byte)(rest | 0x80));
        Write((byte)rest);
    }
}
