using System.IO.Compression;
using K4os.Compression.LZ4.Streams;
using Microsoft.Net.Http.Headers;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>How a result is compressed on its way out.</summary>
internal static class ResponseEncoding
{
    // The order of the server: what compresses well for its time comes first.
    private static readonly string[] Preferred = ["zstd", "br", "lz4", "gzip", "deflate"];

    /// <summary>The best encoding that the caller accepts, or null.</summary>
    public static string? Choose(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return null;
        return Preferred.FirstOrDefault(x => accepted.Any(y => y.Quality is not 0 && y.Value.Equals(x, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Wraps the response's body; disposing it ends the encoding and leaves the body open.</summary>
    public static Stream Encode(string? encoding, Stream body) => encoding switch
    {
        "zstd" => new ZstdSharp.CompressionStream(body, level: 1, leaveOpen: true),
        "br" => new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "lz4" => LZ4Stream.Encode(body, leaveOpen: true),
        "gzip" => new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionLevel.Fastest, leaveOpen: true),
        _ => body,
    };
}
