using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests;

public sealed class WorldTests
{
    private static readonly Lazy<World[]> Worlds = new(() => [.. Enumerable.Range(1, 25).Select(WorldMaking.Make)]);

    [Fact]
    public void Shares_OfEachPersonAlone_ComeToWhatTheFoldCountsOfAll()
    {
        foreach (var world in Worlds.Value)
        {
            Assert.Equal(Enumerable.Range(1, world.Blocks.Count), world.Blocks.Select(block => (int)block.Seq));
            Assert.All(world.Blocks, block => Assert.Empty(block.Torn()));
        }
    }

    // So that a rest of one label, of k who entered by it, could have been named: unless a detector withholds it.
    [Fact]
    public void WhoeverVouchesAsEnteringByALabel_VouchesInItsCell()
    {
        var entered = 0L;
        foreach (var cell in Worlds.Value.SelectMany(world => world.Blocks).SelectMany(block => block.Cells).Where(cell => cell.Table.Kind == TableKind.Tree))
        {
            var counters = cell.Counters;
            entered += counters.VouchedEntered;
            Assert.InRange(counters.VouchedEntered, 0, cell.Table.Basis switch { Basis.Visits => counters.VouchedVisiting, Basis.Views => counters.VouchedViewers, _ => counters.Vouched });
        }

        Assert.NotEqual(0, entered);
    }

    [Fact]
    public void RestOfOneLabel_IsNeverMetWhereNoLabelIsWithheld()
    {
        foreach (var world in Worlds.Value)
            Assert.Equal(Trees(world, new Clauses("as it is")), Trees(world, new Clauses("the rest may be one label") { Policy = new ReleasePolicy(LeastLabels: 1) }));
    }

    // So that what is told of one again would be of the same blocks as the site's.
    [Fact]
    public void TreeOfVisits_OfSeveralLabels_MovesWheneverTheSitesVisitsDo()
    {
        var late = 0;
        foreach (var world in Worlds.Value)
        {
            var rows = DayPublishing.Of(world, new Clauses("as it is")).Rows;
            foreach (var (visits, tree) in from row in rows where row.Table == Table.Site && row.Visits is not null from table in Table.All where table.Kind == TableKind.Tree && table.Basis == Basis.Visits select (row, table))
            {
                var labels = world.CellsOf(visits.Day).Where(one => one.Cell.Table == tree && one.Seq > visits.After && one.Seq <= visits.Through && one.Cell.Counters.Visits > 0).Select(one => one.Cell.Label).Distinct().Count();
                Assert.True(labels < 2 || rows.Any(row => row.Day == visits.Day && row.Table == tree && row.Through == visits.Through), $"world {world.Seed}: {tree.Dimension}");
                late += visits.Moment == Moment.Late && labels > 1 ? 1 : 0;
            }
        }

        Assert.NotEqual(0, late);
    }

    // Those in tens have a rest also where everything could be named: with fewer labels it is smaller.
    private static IEnumerable<Told> Trees(World world, Clauses clauses) =>
        DayPublishing.Of(world, clauses).Rows.Where(row => row.Table is { Kind: TableKind.Tree, IsInTens: false });
}
