using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Pages are named by the routes that the stamp of their own group declares.</summary>
public sealed class DeclaredRoutesTests
{
    private static readonly DateTimeOffset Received = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Fold_GroupsOfTwoRevisions_NameEachPageByItsOwnRoutes()
    {
        var revised = new SiteStamp(TestGroups.Sample) { Revision = 2, Routes = { "/people/{…}" } };
        using var folding = new Folding();
        ulong sequence = 0;
        foreach (var stamp in new[] { TestGroups.Sample, revised, TestGroups.LosAngeles })
            folding.Add(TestGroups.Live(1, ++sequence, Received.AddSeconds(sequence), stamp, new TestEvent(Received, "198.51.100.9", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "/people/jane-doe", Referrer: "https://semicomplete.com/people/john")));
        folding.Cut();

        var cells = Folding.Sum(folding.Blocks).Where(cell => cell.Value.PageViews > 0).Select(cell => (cell.Key.Site, cell.Key.Table, cell.Key.Label)).ToArray();
        Assert.Equal(
            [("kp.org", "/people/jane-doe"), ("sample", "/people/jane-doe"), ("sample", "/people/{…}")],
            cells.Where(cell => cell.Table == Table.Page).Select(cell => (cell.Site, cell.Label)).Order());
        Assert.Equal(
            [("kp.org", "semicomplete.com"), ("sample", "/people/john"), ("sample", "/people/{…}")],
            cells.Where(cell => cell.Table == Table.Referrer).Select(cell => (cell.Site, cell.Label)).Order());
    }
}
