using System.Security.Cryptography;

namespace KpTelemetry.Audit.Tree;

/// <summary>
/// The hashes of the record's tree (RFC 6962, section 2.1; SHA-256). Leaves and nodes are hashed with different first
/// bytes: else a node could be shown as a leaf, and a tree of another shape would have the same root.
/// </summary>
public static class TreeHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>Bytes of the data of a leaf: a version and the SHA-256 of what the entry holds.</summary>
    public const int LeafDataBytes = 1 + Bytes;

    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    /// <summary>The root of the tree without leaves.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>The hash of a leaf. <paramref name="hash"/> takes 32 bytes.</summary>
    public static void Leaf(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        if (data.Length != LeafDataBytes)
            throw new ArgumentException($"a leaf has {LeafDataBytes} bytes", nameof(data));
        Span<byte> content = stackalloc byte[1 + LeafDataBytes];
        content[0] = LeafPrefix;
        data.CopyTo(content[1..]);
        SHA256.HashData(content, hash);
    }

    /// <summary>As <see cref="Leaf(ReadOnlySpan{byte}, Span{byte})"/>, in an array of its own.</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> data)
    {
        var hash = new byte[Bytes];
        Leaf(data, hash);
        return hash;
    }

    /// <summary>The hash of a node above two of 32 bytes. <paramref name="hash"/> may be one of them.</summary>
    public static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        Span<byte> content = stackalloc byte[1 + (2 * Bytes)];
        content[0] = NodePrefix;
        left.CopyTo(content[1..]);
        right.CopyTo(content[(1 + Bytes)..]);
        SHA256.HashData(content, hash);
    }
}
