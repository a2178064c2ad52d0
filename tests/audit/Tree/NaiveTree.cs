using System.Security.Cryptography;
using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Tests.Tree;

/// <summary>RFC 6962, section 2.1, word for word and as slow: the reference that the tree is held against.</summary>
internal static class NaiveTree
{
    /// <summary>Data of leaves that a seed makes.</summary>
    public static byte[][] Leaves(int count, int seed)
    {
        var random = new Random(seed);
        var leaves = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            leaves[i] = new byte[TreeHash.LeafDataBytes];
            random.NextBytes(leaves[i]);
        }

        return leaves;
    }

    public static byte[] Root(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0)
            return SHA256.HashData([]);
        if (leaves.Length == 1)
            return SHA256.HashData([0x00, .. leaves[0]]);
        var k = Split(leaves.Length);
        return SHA256.HashData([0x01, .. Root(leaves[..k]), .. Root(leaves[k..])]);
    }

    public static List<byte[]> Path(int m, ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 1)
            return [];
        var k = Split(leaves.Length);
        return m < k ? [.. Path(m, leaves[..k]), Root(leaves[k..])] : [.. Path(m - k, leaves[k..]), Root(leaves[..k])];
    }

    public static List<byte[]> Proof(int m, ReadOnlySpan<byte[]> leaves) => SubProof(m, leaves, isOld: true);

    private static List<byte[]> SubProof(int m, ReadOnlySpan<byte[]> leaves, bool isOld)
    {
        if (m == leaves.Length)
            return isOld ? [] : [Root(leaves)];
        var k = Split(leaves.Length);
        return m <= k
            ? [.. SubProof(m, leaves[..k], isOld), Root(leaves[k..])]
            : [.. SubProof(m - k, leaves[k..], isOld: false), Root(leaves[..k])];
    }

    private static int Split(int count)
    {
        var k = 1;
        while (k * 2 < count)
            k *= 2;
        return k;
    }
}
