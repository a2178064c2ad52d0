using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Tests.Tree;

/// <summary>What an appender stores, in memory: leaf hashes and whole subtrees.</summary>
internal sealed class MemoryTree
{
    private readonly List<byte[]>[] _levels = [[], [], [], []];

    public MemoryTree(byte[][] leaves)
    {
        var frontier = Frontier.Empty;
        var completed = new List<Subtree>();
        foreach (var leaf in leaves)
        {
            var hash = TreeHash.Leaf(leaf);
            _levels[0].Add(hash);
            frontier.Append(hash, completed);
        }

        foreach (var subtree in completed)
            _levels[subtree.Level].Add(subtree.Hash);
    }

    /// <summary>How often hashes were asked for.</summary>
    public int Reads { get; private set; }

    public StoredTree Of(long size) => new(ReadAsync, size);

    private ValueTask<byte[]> ReadAsync(int level, long first, int count, CancellationToken cancellation)
    {
        Reads++;
        Assert.InRange(count, 1, 256);
        return ValueTask.FromResult(_levels[level].GetRange((int)first, count).SelectMany(hash => hash).ToArray());
    }
}
