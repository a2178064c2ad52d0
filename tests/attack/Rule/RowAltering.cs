using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>Alters rows of trees as a rule without a clause would have told them.</summary>
internal sealed class RowAltering(World world, Clauses clauses)
{
    private static readonly Clauses Truth = new("");

    public IEnumerable<Told> Alter(IReadOnlyList<Told> rows) => rows.GroupBy(row => row.Table)
        .SelectMany(table => table.Key is { Kind: TableKind.Tree, Basis: not Basis.Visits } ? Tree(table.Key, [.. table])
            : table.Key.IsInTens && !clauses.EntriesAreInTens ? Exact(table.Key, [.. table])
            : table.Key.IsInTens && !clauses.TensHaveARest ? WithoutRest(table.Key, [.. table])
            : table.Select(WithBounces).Select(row => WithFurther(row, table)).Select(Named));

    private static Told Named(Told row) => row with { Label = row.Label.TrimStart(GainReading.Renamed) };

    private Told WithBounces(Told row) => clauses.RatiosHaveBothSides || row.Visits is null || row.Table != Table.Site
        ? row
        : row with { Bounces = GainReading.Site(world, row.Day, row.After, row.Through, Truth).Total.Bounces };

    private Told WithFurther(Told row, IEnumerable<Told> table)
    {
        if (clauses.RestsTellNothingFurther || row.Label != Labels.Other || !row.Table.HasCourse || !table.Any(other => other.Bounces is not null))
            return row;
        var named = table.Select(other => other.Label).ToHashSet();
        return row with { Bounces = GainReading.Labels(world, row.Day, row.Table, row.After, row.Through, Truth).Where(cell => !named.Contains(cell.Key)).Sum(cell => cell.Value.Bounces) };
    }

    private IEnumerable<Told> Exact(Table tree, IReadOnlyList<Told> rows)
    {
        var cells = GainReading.Labels(world, rows[0].Day, tree, rows[0].After, rows[0].Through, Truth);
        var named = rows.Select(row => row.Label).ToHashSet();
        return rows.Select(row => row with { Visits = row.Label == Labels.Other ? cells.Where(cell => !named.Contains(cell.Key)).Sum(cell => cell.Value.Visits) : cells[row.Label].Visits });
    }

    private IEnumerable<Told> WithoutRest(Table tree, IReadOnlyList<Told> rows)
    {
        var cells = GainReading.Labels(world, rows[0].Day, tree, rows[0].After, rows[0].Through, Truth).Where(cell => cell.Value.Visits > 0).ToList();
        var rounding = clauses.Policy.Rounding;
        return cells.TrueForAll(cell => cell.Value.VouchedVisiting >= clauses.Policy.K)
            ? cells.Select(cell => rows[0] with { Label = cell.Key, Visits = (cell.Value.Visits + (rounding / 2)) / rounding * rounding, Bounces = null })
            : rows;
    }

    private IEnumerable<Told> Tree(Table tree, IReadOnlyList<Told> rows)
    {
        var cells = GainReading.Labels(world, rows[0].Day, tree, rows[0].After, rows[0].Through, Truth);
        if (clauses.Rest != RestRule.AsItIs)
            rows = [.. Named(rows[0], tree), .. clauses.Rest == RestRule.OfAnySize ? Rest(rows[0], tree) : []];
        if (!clauses.TreesTellNoBytes)
        {
            var named = rows.Where(row => row.Label != Labels.Other).Select(row => row.Label).ToHashSet();
            rows = [.. rows.Select(row => row with { Bytes = row.Label == Labels.Other ? cells.Where(cell => !named.Contains(cell.Key)).Sum(cell => cell.Value.Bytes) : cells[row.Label].Bytes })];
        }

        if (!clauses.KeepsComplements)
            rows = [.. rows.Select(row => row.Label == Labels.Other ? row : row with { Visitors = cells[row.Label].Visitors })];

        return tree == Table.Page && (!clauses.StaysAreInTens || !clauses.StaysAskForExits) ? rows.Select(row => WithStays(row, cells)) : rows;
    }

    // Of the same rows, or of the first that are told.
    private Told WithStays(Told row, IReadOnlyDictionary<string, Privacy.Counters> cells)
    {
        if (row.Label == Labels.Other || row.Moment == Moment.Late || cells[row.Label] is not { Stays: > 0 } cell)
            return row;
        var stays = clauses.StaysAreInTens ? (cell.Stays + 5) / 10 * 10 : cell.Stays;
        return row.Stays is not null || (!clauses.StaysAskForExits && Sufficing.Stays(cell, clauses.Policy)) ? row with { Stays = stays, StaySeconds = (cell.StaySeconds + (cell.Stays / 2)) / cell.Stays * stays } : row;
    }

    private IEnumerable<Told> Named(Told like, Table tree) =>
        from cell in GainReading.Labels(world, like.Day, tree, like.After, like.Through, Truth)
        where IsNameable(tree, cell.Value)
        select like with { Label = cell.Key, Requests = cell.Value.Requests, Bytes = null, PageViews = cell.Value.PageViews, Visitors = cell.Value.Visitors };

    private IEnumerable<Told> Rest(Told like, Table tree)
    {
        var rest = GainReading.Labels(world, like.Day, tree, like.After, like.Through, Truth).Values.Where(cell => !IsNameable(tree, cell)).ToList();
        if (rest.Count > 0)
            yield return like with { Label = Labels.Other, Requests = rest.Sum(cell => cell.Requests), Bytes = null, PageViews = rest.Sum(cell => cell.PageViews), Visitors = tree.ManyLabels ? null : rest.Sum(cell => cell.Visitors) };
    }

    private bool IsNameable(Table tree, Privacy.Counters cell) =>
        (tree.Basis == Basis.Requests ? cell.Vouched : cell.VouchedViewers) >= clauses.Policy.K && (cell.PageViews == 0 || cell.VouchedViewers >= clauses.Policy.K);
}
