using System.Numerics;

namespace KpTelemetry.Audit.Tree;

/// <summary>Whether a proof proves what it is said to, or why not.</summary>
public enum ProofVerdict
{
    /// <summary>It does.</summary>
    Proven,

    /// <summary>No such leaf or older tree: negative, or beyond the size.</summary>
    WrongRange,

    /// <summary>Another number of hashes than a proof of this place has.</summary>
    WrongLength,

    /// <summary>Something that should be a hash does not have 32 bytes.</summary>
    WrongHash,

    /// <summary>The hashes lead to another root.</summary>
    WrongRoot,
}

/// <summary>
/// Checks proofs that somebody else made (RFC 9162, sections 2.1.3.2 and 2.1.4.2). Whatever is given, the answer is a
/// verdict and never an exception: a server that lies must not be able to stop who checks it.
/// </summary>
public static class TreeProof
{
    /// <summary>Whether leaf <paramref name="index"/> of the tree with that size and root has that hash.</summary>
    public static ProofVerdict Inclusion(long index, long size, ReadOnlySpan<byte> leafHash, ReadOnlySpan<byte> root, IReadOnlyList<byte[]> hashes)
    {
        if (index < 0 || index >= size)
            return ProofVerdict.WrongRange;
        // Below the height where the paths of this leaf and the last one meet each level has a neighbour, above it only
        // those that lie to the left.
        var meeting = BitLength(index ^ (size - 1));
        if (hashes.Count != meeting + BitOperations.PopCount((ulong)(index >> meeting)))
            return ProofVerdict.WrongLength;
        if (!AreHashes(leafHash, root, hashes))
            return ProofVerdict.WrongHash;
        Span<byte> node = stackalloc byte[TreeHash.Bytes];
        leafHash.CopyTo(node);
        for (var i = 0; i < hashes.Count; i++)
        {
            if (i < meeting && (index >> i & 1) == 0)
                TreeHash.Node(node, hashes[i], node);
            else
                TreeHash.Node(hashes[i], node, node);
        }

        return node.SequenceEqual(root) ? ProofVerdict.Proven : ProofVerdict.WrongRoot;
    }

    /// <summary>Whether the tree of <paramref name="from"/> leaves is a beginning of that of <paramref name="to"/>.</summary>
    public static ProofVerdict Consistency(long from, ReadOnlySpan<byte> fromRoot, long to, ReadOnlySpan<byte> toRoot, IReadOnlyList<byte[]> hashes)
    {
        if (from < 0 || from > to)
            return ProofVerdict.WrongRange;
        if (!AreHashes(fromRoot, toRoot, hashes))
            return ProofVerdict.WrongHash;
        if (from == 0 && !fromRoot.SequenceEqual(TreeHash.EmptyRoot))
            return ProofVerdict.WrongRoot;
        if (from == 0 || from == to)
            return Same(hashes, fromRoot, from == to ? toRoot : fromRoot);
        return BitOperations.IsPow2(from)
            ? Extension(from, fromRoot, to, toRoot, [fromRoot.ToArray(), .. hashes])
            : Extension(from, fromRoot, to, toRoot, hashes);
    }

    private static ProofVerdict Same(IReadOnlyList<byte[]> hashes, ReadOnlySpan<byte> root, ReadOnlySpan<byte> other)
    {
        if (hashes.Count != 0)
            return ProofVerdict.WrongLength;
        return root.SequenceEqual(other) ? ProofVerdict.Proven : ProofVerdict.WrongRoot;
    }

    // The first hash is a whole subtree at the old tree's right edge, from which both roots are made on the way up.
    private static ProofVerdict Extension(long from, ReadOnlySpan<byte> fromRoot, long to, ReadOnlySpan<byte> toRoot, IReadOnlyList<byte[]> hashes)
    {
        if (hashes.Count == 0)
            return ProofVerdict.WrongLength;
        var start = BitOperations.TrailingZeroCount(from);
        var (old, last) = ((from - 1) >> start, (to - 1) >> start);
        Span<byte> oldNode = stackalloc byte[TreeHash.Bytes];
        Span<byte> node = stackalloc byte[TreeHash.Bytes];
        hashes[0].CopyTo(oldNode);
        hashes[0].CopyTo(node);
        for (var i = 1; i < hashes.Count; i++)
        {
            if (last == 0)
                return ProofVerdict.WrongLength;
            if ((old & 1) != 0 || old == last)
            {
                TreeHash.Node(hashes[i], oldNode, oldNode);
                TreeHash.Node(hashes[i], node, node);
                // Where the edge has no neighbour to the left it has no hash in the proof either.
                var skipped = BitOperations.TrailingZeroCount(old);
                (old, last) = (old >> skipped, last >> skipped);
            }
            else
            {
                TreeHash.Node(node, hashes[i], node);
            }

            (old, last) = (old >> 1, last >> 1);
        }

        if (last != 0)
            return ProofVerdict.WrongLength;
        return oldNode.SequenceEqual(fromRoot) && node.SequenceEqual(toRoot) ? ProofVerdict.Proven : ProofVerdict.WrongRoot;
    }

    private static bool AreHashes(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, IReadOnlyList<byte[]> hashes) =>
        one.Length == TreeHash.Bytes && other.Length == TreeHash.Bytes && hashes.All(hash => hash is { Length: TreeHash.Bytes });

    private static int BitLength(long number) => 64 - BitOperations.LeadingZeroCount((ulong)number);
}
