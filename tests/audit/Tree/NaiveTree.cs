using System.Security.Cryptography;
using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Tests.Tree;

/// <summary>RFC 6962, section 2.1, word for word: the reference that the tree is held against.</summary>
internal sealed class NaiveTree(byte[][] leaves)
{
    private readonly Dictionary<(int From, int To), byte[]> _known = [];

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

    public byte[] Root(int to, int from = 0)
    {
        if (_known.TryGetValue((from, to), out var known))
            return known;
        var root = (to - from) switch
        {
            0 => SHA256.HashData([]),
            1 => SHA256.HashData([0x00, .. leaves[from]]),
            var n => SHA256.HashData([0x01, .. Root(from + Split(n), from), .. Root(to, from + Split(n))]),
        };
        return _known[(from, to)] = root;
    }

    public List<byte[]> Path(int m, int to, int from = 0)
    {
        if (to - from == 1)
            return [];
        var k = Split(to - from);
        return m < k ? [.. Path(m, from + k, from), Root(to, from + k)] : [.. Path(m - k, to, from + k), Root(from + k, from)];
    }

    public List<byte[]> Proof(int m, int to, int from = 0, bool isOld = true)
    {
        if (m == to - from)
            return isOld ? [] : [Root(to, from)];
        var k = Split(to - from);
        return m <= k
            ? [.. Proof(m, from + k, from, isOld), Root(to, from + k)]
            : [.. Proof(m - k, to, from + k, isOld: false), Root(from + k, from)];
    }

    private static int Split(int count)
    {
        var k = 1;
        while (k * 2 < count)
            k *= 2;
        return k;
    }
}
