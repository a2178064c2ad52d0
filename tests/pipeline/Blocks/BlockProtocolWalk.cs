using KpTelemetry.Processors.Blocks;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Blocks;

/// <summary>
/// Walks every state that the block protocol can be in while up to three processes carry the block at once (the others
/// zombies, which carry on at any time), with any number of take-overs, two versions of the fold, any number of faults at
/// any step, and inserts that land late or never. Runs the product's protocol itself against model stores.
/// </summary>
public sealed class BlockProtocolWalk(ITestOutputHelper output)
{
    private const int MostOwners = 3;

    [Fact]
    public void EveryState_ShowsTheBlockOnceWhenDone_AndNeverBefore()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { World.Empty.Canonical().Key };
        var open = new Queue<World>([World.Empty.Canonical()]);
        var finishable = new HashSet<string>(StringComparer.Ordinal);
        var (transitions, ends) = (0L, 0);
        while (open.TryDequeue(out var world))
        {
            AssertVisibleOnce(world);
            // A fresh claimant sees the stores alone, which many states share.
            if (finishable.Add((world with { Owners = [] }).Canonical().Key))
                AssertFreshClaimantFinishes(world);
            var isEnd = true;
            foreach (var next in Next(world).Select(next => next.Canonical()))
            {
                (isEnd, transitions) = (false, transitions + 1);
                if (seen.Add(next.Key))
                    open.Enqueue(next);
            }

            ends += isEnd ? 1 : 0;
        }

        output.WriteLine($"{seen.Count} states, {transitions} transitions, {ends} ends");
        Assert.True(seen.Count > 1_000, "the walk did not reach what it should");
    }

    /// <summary>The table of docs/BLOCKS.md: where the first owner ends, and the way its successor takes.</summary>
    [Theory]
    [InlineData(BlockStep.Begin, "before", "Begin Insert Finish Done")]
    [InlineData(BlockStep.Begin, "after", "Begin Settle Renew Insert Finish Done")]
    [InlineData(BlockStep.Insert, "before", "Begin Settle Renew Insert Finish Done")]
    [InlineData(BlockStep.Insert, "on its way", "Begin Settle Renew Insert Finish Done")]
    [InlineData(BlockStep.Insert, "after", "Begin Settle Finish Done")]
    [InlineData(BlockStep.Finish, "before", "Begin Settle Finish Done")]
    [InlineData(BlockStep.Finish, "after", "Begin Done")]
    public void Crash_AtAStep_LeadsTheSuccessorThisWay(BlockStep step, string when, string expected)
    {
        var world = Claim(World.Empty, 1);
        while (world.Owners[0].Position.Step != step)
            world = Advance(world, 0, Fault.None);
        world = when switch
        {
            "before" => world,
            "on its way" => Advance(world, 0, Fault.StaysOnItsWay),
            _ => Advance(world, 0, Fault.AfterEffect),
        };

        world = Claim(world with { Owners = [] }, 1);
        var way = new List<BlockStep> { world.Owners[0].Position.Step };
        while (!world.Owners[0].Position.IsEnd)
        {
            world = Advance(world, 0, Fault.None);
            way.Add(world.Owners[0].Position.Step);
        }

        Assert.Equal(expected, string.Join(' ', way));
    }

    // Rows that are in, and are another fold's: they are not what this one's books and snapshot go with.
    [Fact]
    public void Rows_OfAnotherVersionOfTheFold_DoNotStand()
    {
        var world = Claim(World.Empty, 1);
        while (world.Owners[0].Position.Step != BlockStep.Insert)
            world = Advance(world, 0, Fault.None);
        world = Claim(Advance(world, 0, Fault.AfterEffect) with { Owners = [] }, 2);
        var way = new List<BlockStep>();
        for (; !world.Owners[0].Position.IsEnd; world = Advance(world, 0, Fault.None))
            way.Add(world.Owners[0].Position.Step);
        Assert.Equal([BlockStep.Begin, BlockStep.Settle, BlockStep.Renew, BlockStep.Insert, BlockStep.Finish], way);
    }

    private static IEnumerable<World> Next(World world)
    {
        if (world.Owners.Count < MostOwners)
        {
            yield return Claim(world, foldVersion: 1);
            yield return Claim(world, foldVersion: 2);
        }

        foreach (var attempt in world.Flying)
            yield return world with { Flying = world.Flying.Remove(attempt), Landed = world.Landed.Add(attempt) };
        foreach (var attempt in world.Flying)
            yield return world with { Flying = world.Flying.Remove(attempt) };
        for (var i = 0; i < world.Owners.Count; i++)
        {
            // A process may end at any time: what it has not written is gone with it.
            yield return world with { Owners = world.Owners.RemoveAt(i) };
            foreach (var fault in FaultsOf(world.Owners[i].Position.Step))
                yield return Advance(world, i, fault);
        }
    }

    private static Fault[] FaultsOf(BlockStep step) => step switch
    {
        BlockStep.Insert => [Fault.None, Fault.BeforeEffect, Fault.AfterEffect, Fault.StaysOnItsWay],
        BlockStep.Settle => [Fault.None, Fault.BeforeEffect, Fault.AfterEffect, Fault.KillsNothing],
        _ => [Fault.None, Fault.BeforeEffect, Fault.AfterEffect],
    };

    private static World Claim(World world, int foldVersion) => world with
    {
        Epoch = world.Epoch + 1,
        Owners = world.Owners.Add(new Owner(world.Epoch + 1, foldVersion, BlockPosition.Start)),
    };

    private static World Advance(World world, int owner, Fault fault)
    {
        var stores = new ModelStores(world, fault);
        var carrying = world.Owners[owner];
        var block = TestBlocks.Block(new Claim(Guid.Empty, 0, carrying.Epoch), 0, 0, carrying.FoldVersion);
        BlockPosition position;
        try
        {
            position = new BlockProtocol(stores, stores).AdvanceAsync(block, carrying.Position, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            // As the carrier does: begin again.
            position = BlockPosition.Start;
        }

        var after = stores.World;
        return after with { Owners = after.Owners.SetItem(owner, carrying with { Position = position }) };
    }

    private static void AssertVisibleOnce(World world) =>
        Assert.True(world.Visible.Count() == (world.IsDone ? 1 : 0) && (!world.IsDone || world.Named.Count == 1), $"wrong: {world.Key}");

    private static void AssertFreshClaimantFinishes(World world)
    {
        world = Claim(world with { Owners = [] }, 1);
        for (var steps = 0; !world.Owners[0].Position.IsEnd; steps++)
        {
            Assert.True(steps < 6, $"does not end: {world.Key}");
            world = Advance(world, 0, Fault.None);
        }

        Assert.Equal(BlockStep.Done, world.Owners[0].Position.Step);
        AssertVisibleOnce(world);
    }
}
