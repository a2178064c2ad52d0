using System.Numerics;

namespace KpTelemetry.Audit.Tree;

/// <summary>
/// Hashes as they are stored: <paramref name="count"/> of a level from <paramref name="first"/> on, one after the other.
/// Level 0 are hashes of leaves, level L up to <see cref="Frontier.HighestLevel"/> roots of whole subtrees of 256^L leaves.
/// Asked for at most 256 at a time, and never for what is not whole.
/// </summary>
public delegate ValueTask<byte[]> HashSource(int level, long first, int count, CancellationToken cancellation);

/// <summary>
/// Root and proofs of the tree of the first <paramref name="size"/> leaves (RFC 6962, section 2.1), of that size or any
/// smaller one, from stored hashes: some 256 for each level that a proof meets, asked for once. For one caller at a time.
/// </summary>
public sealed class StoredTree(HashSource source, long size)
{
    private const int Width = 1 << Frontier.BitsOfALevel;

    // Roots of whole subtrees of 2^height leaves.
    private readonly Dictionary<(int Height, long Index), byte[]> _whole = [];

    private readonly record struct Leaves(long From, long To);

    /// <summary>The root.</summary>
    public async Task<byte[]> RootAsync(CancellationToken cancellation) =>
        size == 0 ? TreeHash.EmptyRoot : await RootOfAsync(new Leaves(0, size), cancellation);

    /// <summary>The hashes beside the path from leaf <paramref name="index"/>, 0 to size - 1, to the root, from the leaf up.</summary>
    public async Task<IReadOnlyList<byte[]>> InclusionAsync(long index, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var beside = new List<Leaves>();
        var path = new Leaves(0, size);
        while (path.To - path.From > 1)
            path = Descend(path, path.From + Split(path) > index, beside);
        return await RootsFromBelowAsync(beside, cancellation);
    }

    /// <summary>What shows that the first <paramref name="from"/> leaves, 0 to size, are a beginning of this tree. Empty at both ends of that range.</summary>
    public async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long from, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, size);
        if (from == 0)
            return [];
        var beside = new List<Leaves>();
        var edge = new Leaves(0, size);
        while (edge.To != from)
            edge = Descend(edge, edge.From + Split(edge) >= from, beside);
        // The old tree's own root is known to who asks.
        if (edge.From != 0)
            beside.Add(edge);
        return await RootsFromBelowAsync(beside, cancellation);
    }

    private static Leaves Descend(Leaves path, bool toTheLeft, List<Leaves> beside)
    {
        var middle = path.From + Split(path);
        var (left, right) = (path with { To = middle }, path with { From = middle });
        beside.Add(toTheLeft ? right : left);
        return toTheLeft ? left : right;
    }

    // The largest power of two that is smaller than the number of leaves.
    private static long Split(Leaves leaves) => 1L << BitOperations.Log2((ulong)(leaves.To - leaves.From - 1));

    private async Task<IReadOnlyList<byte[]>> RootsFromBelowAsync(List<Leaves> beside, CancellationToken cancellation)
    {
        var roots = new byte[beside.Count][];
        for (var i = 0; i < roots.Length; i++)
            roots[^(i + 1)] = await RootOfAsync(beside[i], cancellation);
        return roots;
    }

    private async Task<byte[]> RootOfAsync(Leaves leaves, CancellationToken cancellation)
    {
        var count = leaves.To - leaves.From;
        if (BitOperations.IsPow2(count))
            return await WholeAsync(BitOperations.Log2((ulong)count), leaves.From / count, cancellation);
        var middle = leaves.From + Split(leaves);
        return Above(await RootOfAsync(leaves with { To = middle }, cancellation), await RootOfAsync(leaves with { From = middle }, cancellation));
    }

    private async ValueTask<byte[]> WholeAsync(int height, long index, CancellationToken cancellation)
    {
        if (_whole.TryGetValue((height, index), out var known))
            return known;
        if (height % Frontier.BitsOfALevel == 0 && height / Frontier.BitsOfALevel <= Frontier.HighestLevel)
        {
            await ReadAsync(height / Frontier.BitsOfALevel, index - (index % Width), cancellation);
            return _whole[(height, index)];
        }

        return _whole[(height, index)] = Above(await WholeAsync(height - 1, 2 * index, cancellation), await WholeAsync(height - 1, (2 * index) + 1, cancellation));
    }

    private async ValueTask ReadAsync(int level, long first, CancellationToken cancellation)
    {
        var height = level * Frontier.BitsOfALevel;
        var count = (int)Math.Min(Width, (size >> height) - first);
        var hashes = await source(level, first, count, cancellation);
        if (hashes.Length != count * TreeHash.Bytes)
            throw new InvalidDataException($"the tree lacks hashes of level {level} from {first} on");
        for (var i = 0; i < count; i++)
            _whole[(height, first + i)] = hashes[(i * TreeHash.Bytes)..((i + 1) * TreeHash.Bytes)];
    }

    private static byte[] Above(byte[] left, byte[] right)
    {
        var root = new byte[TreeHash.Bytes];
        TreeHash.Node(left, right, root);
        return root;
    }
}
