using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Cli.Importing;

/// <summary>SHA-256 over the first bytes of a file's content.</summary>
public sealed record PrefixDigest(long Length, byte[] Digest);

/// <summary>What a file's content is, as ingest compares it.</summary>
/// <param name="Digests">At the lengths that were asked for and, as the last one, at the end.</param>
/// <param name="Chain">Checkpoints, see <see cref="ChainHashing"/>.</param>
/// <param name="EndsInLine">Whether the content ends within a line, which may still be written.</param>
public sealed record FileHashes(IReadOnlyList<PrefixDigest> Digests, byte[] Chain, bool EndsInLine)
{
    /// <summary>Bytes of the content.</summary>
    public long Length => Digests[^1].Length;
}

/// <summary>What makes a file known again when it comes grown, renamed or compressed otherwise: hashes of its content.</summary>
public static class FileChain
{
    private const int BufferBytes = 1024 * 1024;

    /// <summary>SHA-256 of the first line with its line end, cut where <see cref="LogFile.Start"/> ends.</summary>
    public static byte[] Head(LogFile file)
    {
        var newline = Array.IndexOf(file.Start, (byte)'\n');
        return SHA256.HashData(newline < 0 ? file.Start : file.Start.AsSpan(0, newline + 1));
    }

    /// <summary>
    /// Reads the content in one pass. Where <paramref name="wholeLines"/> says so, it ends where its last whole line
    /// does; null where it has no whole line then.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="handle">The same, opened.</param>
    /// <param name="lengths">Lengths at which ingest knows files that begin like this one.</param>
    /// <param name="wholeLines">Whether a last line without an end is left out.</param>
    /// <param name="progress">Told how many bytes are read.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static FileHashes? Read(LogFile file, SafeFileHandle handle, IEnumerable<long> lengths, bool wholeLines, Action<long> progress, CancellationToken cancel)
    {
        using var hashing = new ChainHashing(lengths);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var content = file.Content(handle);
            for (int read; (read = content.Read(buffer)) > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                hashing.Append(buffer.AsSpan(0, read));
                progress(hashing.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return wholeLines ? hashing.AtLastWholeLine() : hashing.AtEnd();
    }
}
