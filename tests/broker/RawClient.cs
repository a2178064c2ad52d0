using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KpTelemetry.Broker.Tests;

/// <summary>Puts a request's fields together, in the older, non-compact form.</summary>
internal sealed class Fields
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public Fields Int8(int value) => Add([(byte)value]);

    public Fields Int16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        return Add(bytes);
    }

    public Fields Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Add(bytes);
    }

    public Fields Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Add(bytes);
    }

    public Fields String(string? value) =>
        value is null ? Int16(-1) : Int16(Encoding.UTF8.GetByteCount(value)).Add(Encoding.UTF8.GetBytes(value));

    public Fields Bytes(byte[] value) => Int32(value.Length).Add(value);

    public Fields Add(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }
}

/// <summary>What a produce request was answered with.</summary>
internal readonly record struct Produced(short Error, long Offset);

/// <summary>A client that sends exactly the bytes that a test wants sent.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private int _correlation;

    public static async Task<RawClient> ConnectAsync(IPEndPoint to)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(to);
        return client;
    }

    /// <summary>A whole frame with the header that versions before the flexible ones have.</summary>
    public static byte[] Frame(int key, int version, int correlation, byte[] body)
    {
        var content = new Fields().Int16(key).Int16(version).Int32(correlation).String("raw").Add(body).ToArray();
        return new Fields().Int32(content.Length).Add(content).ToArray();
    }

    public static byte[] ProduceBody(string topic, int acks, params byte[][] batches)
    {
        var fields = new Fields().String(null).Int16(acks).Int32(1000).Int32(1).String(topic).Int32(batches.Length);
        for (var partition = 0; partition < batches.Length; partition++)
        {
            fields.Int32(partition).Bytes(batches[partition]);
        }

        return fields.ToArray();
    }

    public async Task SendAsync(byte[] bytes)
    {
        for (ReadOnlyMemory<byte> left = bytes; left.Length > 0;)
        {
            left = left[await _socket.SendAsync(left)..];
        }
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends a request and gives what follows the correlation id in its answer; null where the broker hung up.</summary>
    public async Task<byte[]?> CallAsync(int key, int version, byte[] body)
    {
        await SendAsync(Frame(key, version, ++_correlation, body));
        return await ReceiveAsync();
    }

    public async Task<byte[]?> ReceiveAsync()
    {
        if (await ReadAsync(4) is not { } size || await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(size)) is not { } frame)
        {
            return null;
        }

        return frame[4..];
    }

    /// <summary>Produces one batch to partition 0, with a version from 3 to 8.</summary>
    public async Task<Produced> ProduceAsync(string topic, byte[] batch, int version = 7)
    {
        var answer = await CallAsync(0, version, ProduceBody(topic, -1, batch)) ?? throw new EndOfStreamException();
        var at = 4 + 2 + Encoding.UTF8.GetByteCount(topic) + 4 + 4;
        return new Produced(BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(at)), BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(at + 2)));
    }

    /// <summary>Commits one offset of partition 0 outside of any generation; gives the error.</summary>
    public async Task<short> CommitAsync(string topic, long offset, string? metadata = null)
    {
        var body = new Fields().String("g").Int32(-1).String("").Int64(-1).Int32(1).String(topic).Int32(1).Int32(0).Int64(offset).String(metadata).ToArray();
        var answer = await CallAsync(8, 2, body) ?? throw new EndOfStreamException();
        return BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(^2..));
    }

    /// <summary>Waits until the broker hangs up, or has answered everything and closes.</summary>
    public async Task ReadToEndAsync()
    {
        while (await ReadAsync(1) is not null)
        {
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]?> ReadAsync(int count)
    {
        var into = new byte[count];
        for (var got = 0; got < count;)
        {
            int read;
            try
            {
                read = await _socket.ReceiveAsync(into.AsMemory(got));
            }
            catch (SocketException)
            {
                return null;
            }

            if (read == 0)
            {
                return null;
            }

            got += read;
        }

        return into;
    }
}
