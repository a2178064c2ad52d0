using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using KpTelemetry.Local.Broker.Storage;

namespace KpTelemetry.Local.Broker.Wire;

/// <summary>
/// Writes one response: bytes in a pooled buffer, and between them slices of log files that are read only while they
/// are sent, so that a fetch of megabytes holds no megabytes.
/// </summary>
internal sealed class WireWriter : IDisposable
{
    private const int SizePrefix = 4;
    private readonly List<(int At, FileSlice Slice)> _slices = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(512);
    private int _length = SizePrefix;

    public WireWriter(int correlationId, bool flexible, bool flexibleHeader)
    {
        Flexible = flexible;
        Int32(correlationId);
        if (flexibleHeader)
        {
            Tags();
        }
    }

    /// <summary>Whether strings, arrays and bytes have compact lengths and structures end in tagged fields.</summary>
    public bool Flexible { get; }

    public void Int8(int value) => Grow(1)[0] = (byte)value;

    public void Bool(bool value) => Int8(value ? 1 : 0);

    public void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Grow(2), value);

    public void Error(ErrorCode value) => Int16((short)value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Grow(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Grow(8), value);

    public void Uuid(Guid value) => value.TryWriteBytes(Grow(16), bigEndian: true, out _);

    public void String(string? value)
    {
        var bytes = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (Flexible)
        {
            VarUInt((uint)(bytes + 1));
        }
        else
        {
            Int16(checked((short)bytes));
        }

        if (bytes > 0)
        {
            Encoding.UTF8.GetBytes(value, Grow(bytes));
        }
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Array(value.Length);
        value.CopyTo(Grow(value.Length));
    }

    /// <summary>An array's length, before its elements; -1 for null.</summary>
    public void Array(int length)
    {
        if (Flexible)
        {
            VarUInt((uint)(length + 1));
        }
        else
        {
            Int32(length);
        }
    }

    /// <summary>A field of record batches that lie in a log file; the writer owns the slice from here on.</summary>
    public void Records(FileSlice? slice)
    {
        Array(slice?.Length ?? 0);
        if (slice is not null)
        {
            _slices.Add((_length, slice));
        }
    }

    /// <summary>No tagged fields; nothing where the version has none.</summary>
    public void Tags()
    {
        if (Flexible)
        {
            Int8(0);
        }
    }

    /// <summary>Sends the whole frame through <paramref name="send"/>, in order, in pieces.</summary>
    public async ValueTask SendAsync(Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer, checked(_length - SizePrefix + _slices.Sum(s => s.Slice.Length)));
        var sent = 0;
        foreach (var (at, slice) in _slices)
        {
            await send(_buffer.AsMemory(sent, at - sent));
            await slice.SendAsync(send);
            sent = at;
        }

        if (sent < _length)
        {
            await send(_buffer.AsMemory(sent, _length - sent));
        }
    }

    public void Dispose()
    {
        foreach (var (_, slice) in _slices)
        {
            slice.Dispose();
        }

        _slices.Clear();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void VarUInt(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Int8((int)(value & 0x7f) | 0x80);
        }

        Int8((int)value);
    }

    private Span<byte> Grow(int count)
    {
        if (_length + count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
