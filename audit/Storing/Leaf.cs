using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KpTelemetry.Audit.Storing;

/// <summary>
/// The leaf of an entry: 33 bytes, a version and SHA-256 over every stored field and the sealed body, each with its length
/// before it, so that no two entries have one input. It reveals nothing: the body carries salts that nobody can guess.
/// </summary>
internal static class Leaf
{
    public const int Bytes = 1 + SHA256.HashSizeInBytes;
    private const byte Version = 1;

    /// <summary>The leaf data of an entry.</summary>
    public static byte[] Of(StoredEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, entry.Index);
        Add(hash, entry.Sequence);
        Add(hash, entry.Id);
        Add(hash, entry.Stream);
        Add(hash, entry.Version);
        Add(hash, entry.At.ToUnixTimeMilliseconds());
        Add(hash, Microseconds(entry.Stored));
        Add(hash, Microseconds(entry.Recorded));
        Add(hash, entry.Kind);
        Add(hash, entry.Body);
        var leaf = new byte[Bytes];
        leaf[0] = Version;
        hash.GetHashAndReset(leaf.AsSpan(1));
        return leaf;
    }

    /// <summary>A time in the database's own grain.</summary>
    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static void Add(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        Add(hash, bytes);
    }

    private static void Add(IncrementalHash hash, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        Add(hash, bytes);
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}
