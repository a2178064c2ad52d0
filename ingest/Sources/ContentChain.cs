using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KpTelemetry.Ingest.Sources;

/// <summary>
/// Digests of a file's content at checkpoints that follow from the content: two files have equal chains for as long as
/// they are equal. As sent, an entry is 4 bytes distance and 8 bytes of a SHA-256; as stored, 8 bytes of its HMAC.
/// </summary>
public static class ContentChain
{
    /// <summary>The longest chain taken, bytes: that of a file of some 80 GB.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const int EntryBytes = 12;
    private const int DistanceBytes = sizeof(uint);

    /// <summary>Whether the bytes are a chain of a content of that length.</summary>
    public static bool IsSound(ReadOnlySpan<byte> chain, long length)
    {
        if (chain.Length % EntryBytes != 0 || chain.Length > MostBytes)
            return false;
        var position = 0L;
        for (; chain.Length > 0; chain = chain[EntryBytes..])
        {
            var distance = BinaryPrimitives.ReadUInt32LittleEndian(chain);
            if (distance == 0)
                return false;
            position += distance;
        }

        return position <= length;
    }

    /// <summary>The chain as it is stored.</summary>
    public static byte[] Keyed(ReadOnlySpan<byte> chain, byte[] key)
    {
        var keyed = chain.ToArray();
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        for (var at = DistanceBytes; at < keyed.Length; at += EntryBytes)
        {
            var digest = keyed.AsSpan(at, EntryBytes - DistanceBytes);
            HMACSHA256.HashData(key, digest, mac);
            mac[..digest.Length].CopyTo(digest);
        }

        return keyed;
    }

    /// <summary>
    /// Whether a file is an earlier, shorter copy of one that is known: the known one has all its checkpoints. What
    /// follows a copy's last one is less than a line in the first mebibyte, and at most a line more than 64 KiB later.
    /// </summary>
    public static bool IsCopyOfStart(ReadOnlySpan<byte> copy, ReadOnlySpan<byte> known) => copy.Length > 0 && known.StartsWith(copy);
}
