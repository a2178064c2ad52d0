using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What the silence itself tells whoever knows the rule, and that everybody vouches and sees one page once: a table of
/// pages by devices that fits all figures is out if the rule had told something else of it.
/// </summary>
internal sealed class RuleInversion(World world, Truth truth, Answers answers, IReadOnlyList<Told> ofDay)
{
    private const int MostTried = 4;
    private readonly Told[] _pairs = [.. ofDay.Where(row => row.Table == Table.PageDevice)];

    /// <summary>Silent cells of which one figure is left.</summary>
    public IEnumerable<Group> Groups()
    {
        if (_pairs.Length == 0 || !world.EverybodyVouches || world.Blocks.SelectMany(block => block.Shares).Where(share => share.Cell.Table == Table.Page).GroupBy(share => share.Person).Any(views => views.Sum(share => share.Counters.PageViews) > 1))
            yield break;
        using var system = Known();
        foreach (var cell in system.CellsOf(Table.PageDevice).Where(cell => !_pairs.Any(row => row.Label == Labels.Pair(cell.Page, cell.Other))))
        {
            if (system.Range(cell) is var (least, most) && most - least < MostTried && Fitting(cell, (long)Math.Ceiling(least - 0.001), (long)(most + 0.001)).Take(2).Count() == 1)
                yield return system.GroupOf($"page views of '{cell.Page}' by '{cell.Other}', by what else is silent,", [cell]);
        }
    }

    private IEnumerable<long> Fitting((Table, string, string) cell, long least, long most)
    {
        for (var value = least; value <= most; value++)
        {
            using var system = Known();
            system.Suppose(cell, value);
            if (system.Whole(Table.PageDevice) is not { } table || Tells(table))
                yield return value;
        }
    }

    private PageSystem Known() => new PageSystem(truth, answers.Build, ofDay, _pairs[0].After, _pairs[0].Through).KnowRows().KnowBands(answers.Bands).KnowCounting();

    // Whether the rule tells of the table what it has told.
    private bool Tells(IReadOnlyDictionary<(string Page, string Device), long> table)
    {
        var site = new SiteCells();
        site.AddSite(0, Of(table.Values.Sum()));
        var gain = new DayGain(site, site, new Dictionary<Table, IReadOnlyDictionary<string, Counters>>
        {
            [Table.Page] = table.GroupBy(cell => cell.Key.Page).ToDictionary(line => line.Key, line => Of(line.Sum(cell => cell.Value))),
            [Table.Device] = table.GroupBy(cell => cell.Key.Device).ToDictionary(line => line.Key, line => Of(line.Sum(cell => cell.Value))),
            [Table.PageDevice] = table.ToDictionary(cell => Labels.Pair(cell.Key.Page, cell.Key.Device), cell => Of(cell.Value)),
        }, 1);
        var rows = DayRelease.Settle(new DayState { Day = ofDay[0].Day }, gain, answers.Build.Policy).Rows;
        return rows.Where(row => row.Table == Table.PageDevice).Select(row => (row.Label, row.PageViews)).ToHashSet().SetEquals(_pairs.Select(row => (row.Label, row.PageViews)));
    }

    private static Counters Of(long people) => people == 0 ? default : new Counters
    {
        Requests = people, CappedRequests = people, PageViews = people, CappedViews = people, Visitors = people, Viewers = people,
        Vouched = people, VouchedViewers = people, Entered = people, VouchedEntered = people,
    };
}
