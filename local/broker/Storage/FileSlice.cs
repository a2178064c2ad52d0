using System.Buffers;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Bytes of a segment that are on disk and never change; holds the segment's file open until disposed.</summary>
internal sealed class FileSlice(Segment segment, long position, int length) : IDisposable
{
    private const int ChunkBytes = 128 * 1024;
    private Segment? _segment = segment;

    public int Length => length;

    /// <summary>Reads the slice in chunks of one pooled buffer and passes each on, so that a slow receiver costs one chunk.</summary>
    public async ValueTask SendAsync(Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        ObjectDisposedException.ThrowIf(_segment is null, this);
        var chunk = ArrayPool<byte>.Shared.Rent(Math.Min(length, ChunkBytes));
        try
        {
            for (var done = 0; done < length;)
            {
                var part = chunk.AsMemory(0, Math.Min(chunk.Length, length - done));
                _segment.ReadExactly(part.Span, position + done);
                await send(part);
                done += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    public void Dispose()
    {
        _segment?.Release();
        _segment = null;
    }
}
