using System.Buffers;
using System.Buffers.Binary;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Net;

/// <summary>One request as it came, in a pooled buffer; gives back its part of the budget when disposed.</summary>
internal sealed class Frame : IDisposable
{
    /// <summary>Bytes that every frame begins with: length, API key, version, correlation id.</summary>
    public const int Prefix = 12;

    /// <summary>Frames up to here are not counted against the budget: they are bounded by the number of connections.</summary>
    public const int SmallBytes = 16 * 1024;

    private const int LengthBytes = 4;
    private readonly ByteBudget? _budget;
    private readonly int _length;
    private byte[] _buffer;

    private Frame(ReadOnlySpan<byte> prefix, int length, ByteBudget? budget)
    {
        _budget = budget;
        _length = length;
        _buffer = ArrayPool<byte>.Shared.Rent(length);
        prefix[LengthBytes..].CopyTo(_buffer);
    }

    public ApiKey Key => (ApiKey)BinaryPrimitives.ReadInt16BigEndian(_buffer);

    public short Version => BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(2));

    public int CorrelationId => BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(4));

    /// <summary>What follows the correlation id.</summary>
    public Memory<byte> Body => _buffer.AsMemory(Prefix - LengthBytes, _length - (Prefix - LengthBytes));

    /// <summary>How many bytes a frame with this prefix has after the length; null where no frame can have so many.</summary>
    public static int? LengthOf(ReadOnlySpan<byte> prefix, BrokerOptions options)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(prefix[LengthBytes..]);
        var most = Math.Min(key == ApiKey.Produce ? options.MaxProduceBytes : options.MaxRequestBytes, options.MaxInFlightBytes);
        return length >= Prefix - LengthBytes && length <= most ? length : null;
    }

    /// <summary>Makes room for a frame, waiting where the budget is used up.</summary>
    public static async ValueTask<Frame> ReserveAsync(ReadOnlyMemory<byte> prefix, int length, ByteBudget budget, CancellationToken stop)
    {
        if (length <= SmallBytes)
        {
            return new Frame(prefix.Span, length, null);
        }

        await budget.TakeAsync(length, stop);
        return new Frame(prefix.Span, length, budget);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _budget?.Give(_length);
        }
    }
}
