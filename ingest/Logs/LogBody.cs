using System.IO.Compression;
using System.IO.Pipelines;
using KpTelemetry.Ingest.Gathering;
using ZstdSharp;

namespace KpTelemetry.Ingest.Logs;

/// <summary>How the reading of a body ended.</summary>
internal enum BodyEnd
{
    Complete,
    TooLarge,
    Corrupt,
}

/// <summary>Reads the body of a logs request as a stream, whatever its encoding.</summary>
internal static class LogBody
{
    /// <summary>Most bytes of one request, after decompression.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    private const int BufferBytes = 64 * 1024;

    // 2^24 bytes: as much as a whole request may have. A frame that wants more memory is refused.
    private const int LargestWindowLog = 24;

    /// <summary>The decoded body; null where the encoding is not one that is read.</summary>
    public static PipeReader? Open(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        return encoding.ToLowerInvariant() switch
        {
            "" or "identity" => request.BodyReader,
            "gzip" or "x-gzip" => Decoded(new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true)),
            "zstd" => Decoded(Zstd(request.Body)),
            _ => null,
        };
    }

    /// <summary>Cuts the body into lines until it ends, is too large, or does not decode.</summary>
    public static async Task<BodyEnd> ReadAsync(PipeReader body, LineSplitter splitter, LogGathering gathering, CancellationToken cancellation)
    {
        long bytes = 0;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await body.ReadAsync(cancellation);
            }
            catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or ZstdException)
            {
                return BodyEnd.Corrupt;
            }

            bytes += read.Buffer.Length;
            if (bytes > MaxBytes)
                return BodyEnd.TooLarge;
            foreach (var segment in read.Buffer)
                splitter.Push(segment.Span, gathering);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return BodyEnd.Complete;
        }
    }

    private static PipeReader Decoded(Stream stream) => PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, minimumReadSize: BufferBytes / 2));

    private static DecompressionStream Zstd(Stream body)
    {
        var stream = new DecompressionStream(body, checkEndOfStream: true, leaveOpen: true);
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
        return stream;
    }
}
