using System.Buffers;
using System.Security.Cryptography;

namespace KpTelemetry.Cli.Importing;

/// <summary>SHA-256 over the first bytes of a file's content.</summary>
public sealed record PrefixDigest(long Length, byte[] Digest);

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
    /// Digests at the given lengths and, as the last one, at the end, in one pass. Where <paramref name="wholeLines"/>
    /// says so, the content ends where its last whole line does; none is given where it has no whole line.
    /// </summary>
    public static IReadOnlyList<PrefixDigest> Digest(LogFile file, IEnumerable<long> lengths, bool wholeLines, Action<long> progress, CancellationToken cancel)
    {
        var wanted = new Queue<long>(lengths.Order());
        var digests = new List<PrefixDigest>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        long hashed = 0;
        PrefixDigest? lastWhole = null;
        using var content = file.Open();
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            cancel.ThrowIfCancellationRequested();
            var bytes = buffer.AsSpan(0, read);
            var lines = bytes.LastIndexOf((byte)'\n') + 1;
            if (wholeLines && lines > 0)
            {
                Append(bytes[..lines]);
                lastWhole = new PrefixDigest(hashed, hash.GetCurrentHash());
                bytes = bytes[lines..];
            }

            Append(bytes);
            progress(hashed);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (!wholeLines)
            return [.. digests, new PrefixDigest(hashed, hash.GetCurrentHash())];
        return lastWhole is null ? [] : [.. digests.Where(prefix => prefix.Length <= lastWhole.Length), lastWhole];

        void Append(ReadOnlySpan<byte> bytes)
        {
            while (wanted.TryPeek(out var length) && length <= hashed + bytes.Length)
            {
                var upTo = (int)(wanted.Dequeue() - hashed);
                hash.AppendData(bytes[..upTo]);
                hashed += upTo;
                bytes = bytes[upTo..];
                digests.Add(new PrefixDigest(hashed, hash.GetCurrentHash()));
            }

            hash.AppendData(bytes);
            hashed += bytes.Length;
        }
    }
}
