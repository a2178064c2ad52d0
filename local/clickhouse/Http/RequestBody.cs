using System.IO.Compression;
using System.Text;
using K4os.Compression.LZ4.Streams;
using KpTelemetry.Local.ClickHouse.Engine;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>
/// The statement and the data of a request as one stream, decompressed: the query of the URL, a line end, the body.
/// </summary>
internal sealed class RequestBody : IAsyncDisposable
{
    private const int FirstHeld = 16 * 1024;

    private readonly Stream _body;
    private readonly ReadOnlyMemory<byte> _fromUrl;
    private int _urlPosition;
    private bool _started;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    private RequestBody(Stream body, ReadOnlyMemory<byte> fromUrl)
    {
        _body = body;
        _fromUrl = fromUrl;
    }

    /// <summary>Opens the body of a request.</summary>
    /// <exception cref="EngineException">UNKNOWN_COMPRESSION_METHOD.</exception>
    public static RequestBody Of(HttpRequest request, string query) => new(
        request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
        {
            "" or "identity" => request.Body,
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
            "zstd" => new ZstdSharp.DecompressionStream(request.Body),
            "lz4" => LZ4Stream.Decode(request.Body),
            _ => throw EngineException.Of(ErrorCode.UnknownCompressionMethod, "Unknown compression method of the body: gzip, deflate, br, zstd and lz4 are known"),
        },
        Encoding.UTF8.GetBytes(query));

    /// <summary>What was read and not yet taken.</summary>
    public ReadOnlyMemory<byte> Held => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Holds the first bytes of the whole.</summary>
    /// <returns>True if that is all there is.</returns>
    public async Task<bool> HoldAsync(int bytes, CancellationToken cancellation)
    {
        while (_end < bytes)
        {
            if (_end == _buffer.Length) Array.Resize(ref _buffer, Math.Min(bytes, Math.Max(FirstHeld, _buffer.Length * 4)));
            var read = await ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0) return true;
            _end += read;
        }
        return false;
    }

    /// <summary>Lets go of the first bytes held.</summary>
    public void Take(int bytes) => _start += bytes;

    /// <summary>What was held, then the rest, piece by piece; empty at the end.</summary>
    public async Task<ReadOnlyMemory<byte>> NextAsync(int bytes, CancellationToken cancellation)
    {
        if (_start < _end)
        {
            var piece = _buffer.AsMemory(_start, Math.Min(bytes, _end - _start));
            _start += piece.Length;
            return piece;
        }
        if (_buffer.Length < bytes) _buffer = new byte[bytes];
        var filled = 0;
        while (filled < bytes && await ReadAsync(_buffer.AsMemory(filled, bytes - filled), cancellation) is > 0 and var read) filled += read;
        return _buffer.AsMemory(0, filled);
    }

    public ValueTask DisposeAsync() => _body.DisposeAsync();

    private async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellation)
    {
        if (_urlPosition < _fromUrl.Length)
        {
            var length = Math.Min(target.Length, _fromUrl.Length - _urlPosition);
            _fromUrl.Slice(_urlPosition, length).CopyTo(target);
            _urlPosition += length;
            return length;
        }
        if (_started || _fromUrl.IsEmpty) return await ReadBodyAsync(target, cancellation);
        _started = true;
        // The server joins both with a line end, which is no part of the data: it ends the statement.
        if (target.Length == 1)
        {
            target.Span[0] = (byte)'\n';
            return 1;
        }
        var read = await ReadBodyAsync(target[1..], cancellation);
        if (read == 0) return 0;
        target.Span[0] = (byte)'\n';
        return read + 1;
    }

    private async ValueTask<int> ReadBodyAsync(Memory<byte> target, CancellationToken cancellation)
    {
        try
        {
            return await _body.ReadAsync(target, cancellation);
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            throw EngineException.Of(ErrorCode.CannotDecompress, "Cannot decompress the body of the request");
        }
    }
}
