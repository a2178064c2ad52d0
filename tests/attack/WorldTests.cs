using KpTelemetry.Attack.Tests.Worlds;
using Xunit;

namespace KpTelemetry.Attack.Tests;

public sealed class WorldTests
{
    [Fact]
    public void Shares_OfEachPersonAlone_ComeToWhatTheFoldCountsOfAll()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            var world = WorldMaking.Make(seed);
            Assert.Equal(Enumerable.Range(1, world.Blocks.Count), world.Blocks.Select(block => (int)block.Seq));
            Assert.All(world.Blocks, block => Assert.Empty(block.Torn()));
        }
    }
}
