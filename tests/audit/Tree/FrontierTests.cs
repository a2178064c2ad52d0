using KpTelemetry.Audit.Tree;
using Xunit;

namespace KpTelemetry.Audit.Tests.Tree;

public sealed class FrontierTests
{
    [Fact]
    public void Root_AtEverySize_IsThatOfRfc6962()
    {
        var leaves = NaiveTree.Leaves(301, seed: 1);
        var naive = new NaiveTree(leaves);
        var frontier = Frontier.Empty;
        for (var size = 0; size <= 300; size++)
        {
            Assert.Equal(size, frontier.Size);
            Assert.Equal(naive.Root(size), frontier.Root());
            frontier.Append(TreeHash.Leaf(leaves[size]));
        }
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(99_991)]
    public void Root_OfManyLeaves_IsThatOfRfc6962(int size)
    {
        var leaves = NaiveTree.Leaves(size, seed: size);
        Assert.Equal(new NaiveTree(leaves).Root(size), Of(leaves).Root());
    }

    [Fact]
    public void Append_TellsEachWholeSubtreeOnceWithItsRoot()
    {
        var leaves = NaiveTree.Leaves(66_000, seed: 2);
        var naive = new NaiveTree(leaves);
        var completed = new List<Subtree>();
        Of(leaves, completed);
        Assert.Equal(66_000 / 256, completed.Count(subtree => subtree.Level == 1));
        Assert.Equal(1, completed.Count(subtree => subtree.Level == 2));
        foreach (var level in completed.GroupBy(subtree => subtree.Level))
            Assert.Equal(Enumerable.Range(0, level.Count()).Select(i => (long)i), level.Select(subtree => subtree.Index));
        foreach (var subtree in completed)
        {
            var width = 1 << 8 * subtree.Level;
            Assert.Equal(naive.Root((int)(subtree.Index + 1) * width, (int)subtree.Index * width), subtree.Hash);
        }
    }

    [Fact]
    public void Write_ReadAgainAtEverySize_GoesOnAlike()
    {
        var leaves = NaiveTree.Leaves(301, seed: 3);
        var frontier = Frontier.Empty;
        foreach (var leaf in leaves)
        {
            var read = Frontier.TryRead(frontier.Write())!;
            var copy = frontier.Copy();
            frontier.Append(TreeHash.Leaf(leaf));
            read.Append(TreeHash.Leaf(leaf));
            copy.Append(TreeHash.Leaf(leaf));
            Assert.Equal((frontier.Size, Convert.ToHexString(frontier.Root())), (read.Size, Convert.ToHexString(read.Root())));
            Assert.Equal(frontier.Root(), copy.Root());
        }
    }

    [Fact]
    public void TryRead_OfAnythingElse_IsNull()
    {
        var stored = Of(NaiveTree.Leaves(5, seed: 4)).Write();
        Assert.Equal(1 + 8 + (2 * 32), stored.Length);
        Assert.Null(Frontier.TryRead([]));
        Assert.Null(Frontier.TryRead(stored.AsSpan(0, 8)));
        Assert.Null(Frontier.TryRead(stored.AsSpan(0, stored.Length - 1)));
        Assert.Null(Frontier.TryRead([.. stored, 0]));
        Assert.Null(Frontier.TryRead([2, .. stored[1..]]));
        Assert.Null(Frontier.TryRead([1, 0xff, .. stored[2..]]));
        Assert.Null(Frontier.TryRead([.. stored[..8], 7, .. stored[9..]]));
    }

    [Fact]
    public void Append_OfWhatIsNoHash_Throws() =>
        Assert.Throws<ArgumentException>(() => Frontier.Empty.Append(new byte[31]));

    private static Frontier Of(byte[][] leaves, ICollection<Subtree>? completed = null)
    {
        var frontier = Frontier.Empty;
        foreach (var leaf in leaves)
            frontier.Append(TreeHash.Leaf(leaf), completed);
        return frontier;
    }
}
