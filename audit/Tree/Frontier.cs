using System.Buffers.Binary;
using System.Numerics;

namespace KpTelemetry.Audit.Tree;

/// <summary>A whole subtree of 256^<paramref name="Level"/> leaves, which no later leaf changes.</summary>
/// <param name="Level">1, 2 or 3.</param>
/// <param name="Index">Its place among those of its level: it covers the leaves from Index * 256^Level on.</param>
/// <param name="Hash">Its root, 32 bytes.</param>
public readonly record struct Subtree(int Level, long Index, byte[] Hash);

/// <summary>
/// The right edge of a tree: the roots of its whole subtrees, one for each bit of the size that is set. Enough to append
/// and to have the root, in at most 63 hashes whatever the size. Not thread-safe.
/// </summary>
public sealed class Frontier
{
    /// <summary>Levels of the binary tree from one level of <see cref="Subtree"/> to the next: 256 = 2^8.</summary>
    public const int BitsOfALevel = 8;

    /// <summary>The highest level of <see cref="Subtree"/> that is told of.</summary>
    public const int HighestLevel = 3;

    private const byte Version = 1;
    private const int MostHashes = 63;
    private const int HeaderBytes = 1 + sizeof(long);

    // By height: the root of the whole subtree of 2^height leaves, where that bit of the size is set.
    private readonly byte[] _roots = new byte[MostHashes * TreeHash.Bytes];

    /// <summary>The frontier of the tree without leaves.</summary>
    public static Frontier Empty => new();

    /// <summary>Leaves of the tree.</summary>
    public long Size { get; private set; }

    /// <summary>Adds the hash of the next leaf, and to <paramref name="completed"/> the subtrees that are whole with it, lower ones first.</summary>
    public void Append(ReadOnlySpan<byte> leafHash, ICollection<Subtree>? completed = null)
    {
        if (leafHash.Length != TreeHash.Bytes)
            throw new ArgumentException($"a hash has {TreeHash.Bytes} bytes", nameof(leafHash));
        Span<byte> carried = stackalloc byte[TreeHash.Bytes];
        leafHash.CopyTo(carried);
        var height = 0;
        while ((Size >> height & 1) != 0)
        {
            TreeHash.Node(Root(height), carried, carried);
            height++;
            if (completed is not null && height % BitsOfALevel == 0 && height <= HighestLevel * BitsOfALevel)
                completed.Add(new Subtree(height / BitsOfALevel, Size >> height, carried.ToArray()));
        }

        carried.CopyTo(Root(height));
        Size = checked(Size + 1);
    }

    /// <summary>The root of the tree.</summary>
    public byte[] Root()
    {
        if (Size == 0)
            return TreeHash.EmptyRoot;
        var height = BitOperations.TrailingZeroCount(Size);
        var root = Root(height).ToArray();
        for (height++; Size >> height != 0; height++)
        {
            if ((Size >> height & 1) != 0)
                TreeHash.Node(Root(height), root, root);
        }

        return root;
    }

    /// <summary>A frontier of its own with the same leaves.</summary>
    public Frontier Copy()
    {
        var copy = new Frontier { Size = Size };
        _roots.CopyTo(copy._roots.AsSpan());
        return copy;
    }

    /// <summary>As stored: version, size (8 bytes, big endian), the hashes from the left. At most 2,025 bytes.</summary>
    public byte[] Write()
    {
        var stored = new byte[LengthOf(Size)];
        stored[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(stored.AsSpan(1), Size);
        var rest = stored.AsSpan(HeaderBytes);
        for (var height = MostHashes - 1; height >= 0; height--)
        {
            if ((Size >> height & 1) == 0)
                continue;
            Root(height).CopyTo(rest);
            rest = rest[TreeHash.Bytes..];
        }

        return stored;
    }

    /// <summary>What <see cref="Write"/> made, or null where <paramref name="stored"/> is anything else.</summary>
    public static Frontier? TryRead(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < HeaderBytes || stored[0] != Version)
            return null;
        var size = BinaryPrimitives.ReadInt64BigEndian(stored[1..]);
        if (size < 0 || stored.Length != LengthOf(size))
            return null;
        var frontier = new Frontier { Size = size };
        var rest = stored[HeaderBytes..];
        for (var height = MostHashes - 1; height >= 0; height--)
        {
            if ((size >> height & 1) == 0)
                continue;
            rest[..TreeHash.Bytes].CopyTo(frontier.Root(height));
            rest = rest[TreeHash.Bytes..];
        }

        return frontier;
    }

    private static int LengthOf(long size) => HeaderBytes + (BitOperations.PopCount((ulong)size) * TreeHash.Bytes);

    private Span<byte> Root(int height) => _roots.AsSpan(height * TreeHash.Bytes, TreeHash.Bytes);
}
