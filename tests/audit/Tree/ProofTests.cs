using KpTelemetry.Audit.Tree;
using Xunit;

namespace KpTelemetry.Audit.Tests.Tree;

public sealed class ProofTests
{
    private const int Many = 100_000;
    private static readonly byte[][] Leaves = NaiveTree.Leaves(Many, seed: 11);
    private static readonly NaiveTree Naive = new(Leaves);
    private static readonly MemoryTree Stored = new(Leaves);

    [Fact]
    public async Task Proofs_OfEverySizeTo300_AreThoseOfRfc6962AndProve()
    {
        for (var size = 0; size <= 300; size++)
        {
            var tree = Stored.Of(size);
            Assert.Equal(Naive.Root(size), await tree.RootAsync(CancellationToken.None));
            for (var index = 0; index < size; index++)
                await InclusionIsRight(tree, index, size);
            for (var from = 0; from <= size; from++)
                await ConsistencyIsRight(tree, from, size);
        }
    }

    [Fact]
    public async Task Proofs_OfRandomSizes_AreThoseOfRfc6962AndProve()
    {
        var random = new Random(12);
        for (var i = 0; i < 300; i++)
        {
            var size = random.Next(1, Many + 1);
            var tree = Stored.Of(size);
            Assert.Equal(Naive.Root(size), await tree.RootAsync(CancellationToken.None));
            await InclusionIsRight(tree, random.Next(size), size);
            await InclusionIsRight(tree, size - 1, size);
            await ConsistencyIsRight(tree, random.Next(1, size + 1), size);
            await ConsistencyIsRight(tree, 1 << random.Next(int.Log2(size) + 1), size);
        }
    }

    [Fact]
    public async Task Proof_OfAHundredThousandLeaves_TakesFewReads()
    {
        var before = Stored.Reads;
        await Stored.Of(99_999).InclusionAsync(777, CancellationToken.None);
        Assert.InRange(Stored.Reads - before, 1, 6);
    }

    [Fact]
    public async Task Inclusion_WithAnythingChanged_IsRefused()
    {
        var random = new Random(13);
        for (var size = 1; size <= 300; size += size < 40 ? 1 : 37)
        {
            for (var index = 0; index < size; index++)
            {
                var proof = await Stored.Of(size).InclusionAsync(index, CancellationToken.None);
                var (leaf, root) = (TreeHash.Leaf(Leaves[index]), Naive.Root(size));
                foreach (var (changed, how) in Changed([.. proof], random))
                    Assert.True(TreeProof.Inclusion(index, size, leaf, root, changed) != ProofVerdict.Proven, $"{index} of {size}, {how}");
                Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Inclusion(index, size, Flipped(leaf, random), root, proof));
                Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Inclusion(index, size, leaf, Flipped(root, random), proof));
                if (size > 1)
                    Assert.NotEqual(ProofVerdict.Proven, TreeProof.Inclusion(index == 0 ? 1 : index - 1, size, leaf, root, proof));
            }
        }
    }

    [Fact]
    public async Task Consistency_WithAnythingChanged_IsRefused()
    {
        var random = new Random(14);
        for (var size = 1; size <= 300; size += size < 40 ? 1 : 37)
        {
            for (var from = 0; from <= size; from++)
            {
                var proof = await Stored.Of(size).ConsistencyAsync(from, CancellationToken.None);
                var (old, root) = (Naive.Root(from), Naive.Root(size));
                foreach (var (changed, how) in Changed([.. proof], random))
                    Assert.True(TreeProof.Consistency(from, old, size, root, changed) != ProofVerdict.Proven, $"{from} to {size}, {how}");
                Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(from, Flipped(old, random), size, root, proof));
                if (from > 0)
                    Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(from, old, size, Flipped(root, random), proof));
            }
        }
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(6, 5)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    public void Inclusion_OfNoLeafOfTheTree_IsRefused(long index, long size) =>
        Assert.Equal(ProofVerdict.WrongRange, TreeProof.Inclusion(index, size, Naive.Root(1), Naive.Root(5), []));

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    [InlineData(0, -1)]
    [InlineData(long.MinValue, long.MaxValue)]
    public void Consistency_OfAnImpossibleRange_IsRefused(long from, long to) =>
        Assert.Equal(ProofVerdict.WrongRange, TreeProof.Consistency(from, Naive.Root(0), to, Naive.Root(5), []));

    [Fact]
    public void Proofs_OfGiantTrees_AreRefusedWithoutAnException()
    {
        var hashes = Enumerable.Range(0, 63).Select(_ => Naive.Root(1)).ToArray();
        Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Inclusion(0, long.MaxValue, Naive.Root(1), Naive.Root(2), hashes));
        Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(1, Naive.Root(1), long.MaxValue, Naive.Root(2), hashes));
        Assert.Equal(ProofVerdict.WrongLength, TreeProof.Consistency(long.MaxValue - 1, Naive.Root(1), long.MaxValue, Naive.Root(2), []));
        Assert.Equal(ProofVerdict.WrongLength, TreeProof.Inclusion(long.MaxValue - 1, long.MaxValue, Naive.Root(1), Naive.Root(2), []));
    }

    [Fact]
    public void Consistency_FromTheEmptyTree_NeedsTheEmptyRootAndNoHash()
    {
        Assert.Equal(ProofVerdict.Proven, TreeProof.Consistency(0, TreeHash.EmptyRoot, 9, Naive.Root(9), []));
        Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(0, Naive.Root(1), 9, Naive.Root(9), []));
        Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(0, Naive.Root(1), 0, Naive.Root(1), []));
        Assert.Equal(ProofVerdict.WrongLength, TreeProof.Consistency(0, TreeHash.EmptyRoot, 9, Naive.Root(9), [Naive.Root(1)]));
    }

    [Fact]
    public void Consistency_OfEqualSizes_NeedsEqualRoots()
    {
        Assert.Equal(ProofVerdict.Proven, TreeProof.Consistency(9, Naive.Root(9), 9, Naive.Root(9), []));
        Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(9, Naive.Root(8), 9, Naive.Root(9), []));
    }

    [Fact]
    public async Task Consistency_OfAForkedTree_IsRefusedWhereverItForks()
    {
        foreach (var at in new[] { 0, 100, 199 })
        {
            var forked = Leaves[..300].ToArray();
            forked[at] = Leaves[500];
            var fork = new MemoryTree(forked);
            for (var from = at + 1; from <= 300; from++)
            {
                var proof = await fork.Of(300).ConsistencyAsync(from, CancellationToken.None);
                var root = await fork.Of(300).RootAsync(CancellationToken.None);
                Assert.Equal(ProofVerdict.WrongRoot, TreeProof.Consistency(from, Naive.Root(from), 300, root, proof));
            }
        }
    }

    private static async Task InclusionIsRight(StoredTree tree, int index, int size)
    {
        var proof = await tree.InclusionAsync(index, CancellationToken.None);
        Assert.True(AreEqual(Naive.Path(index, size), proof), $"{index} of {size}");
        Assert.Equal(ProofVerdict.Proven, TreeProof.Inclusion(index, size, TreeHash.Leaf(Leaves[index]), Naive.Root(size), proof));
    }

    private static async Task ConsistencyIsRight(StoredTree tree, int from, int size)
    {
        var proof = await tree.ConsistencyAsync(from, CancellationToken.None);
        Assert.True(AreEqual(from == 0 ? [] : Naive.Proof(from, size), proof), $"{from} to {size}");
        Assert.Equal(ProofVerdict.Proven, TreeProof.Consistency(from, Naive.Root(from), size, Naive.Root(size), proof));
    }

    private static bool AreEqual(List<byte[]> expected, IReadOnlyList<byte[]> proof) =>
        expected.Count == proof.Count && expected.Zip(proof).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static List<(byte[][] Proof, string How)> Changed(byte[][] proof, Random random)
    {
        var changed = new List<(byte[][], string)> { ([.. proof, Naive.Root(1)], "one more"), ([Naive.Root(1), .. proof], "one before") };
        for (var i = 0; i < proof.Length; i++)
        {
            changed.Add((proof.Where((_, at) => at != i).ToArray(), $"without {i}"));
            changed.Add((With(proof, i, Flipped(proof[i], random)), $"bit of {i}"));
            changed.Add((With(proof, i, proof[i][..31]), $"short {i}"));
            changed.Add((With(proof, i, [.. proof[i], 0]), $"long {i}"));
            changed.Add((With(proof, i, null!), $"none at {i}"));
            if (i > 0)
                changed.Add((With(With(proof, i, proof[i - 1]), i - 1, proof[i]), $"exchanged {i}"));
        }

        return changed;
    }

    private static byte[][] With(byte[][] proof, int at, byte[] hash)
    {
        var changed = proof.ToArray();
        changed[at] = hash;
        return changed;
    }

    private static byte[] Flipped(byte[] hash, Random random)
    {
        var flipped = hash.ToArray();
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }
}
