using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What is known of pages by devices: each cell that is told lies about its rounded figure, and rows and columns add up
/// to what the two trees tell exactly of the same blocks.
/// </summary>
internal sealed class PairSystem : IDisposable
{
    private const int Rounding = 10;
    private readonly Polytope _polytope = new();
    private readonly Dictionary<string, int> _cells;
    private readonly Truth _truth;
    private readonly long _through;

    public PairSystem(Truth truth, IReadOnlyList<Told> ofDay)
    {
        _truth = truth;
        Told = [.. ofDay.Where(row => row.Table == Table.PageDevice)];
        _through = Told[0].Through;
        _cells = truth.LabelsOf(Table.PageDevice).ToDictionary(label => label, label => _polytope.Add(truth.Sum(Table.PageDevice, label, Figure.Views, 0, _through)));
        foreach (var row in Told)
            _polytope.Know([new Term(_cells[row.Label])], row.PageViews!.Value - (Rounding / 2), row.PageViews.Value + (Rounding / 2) - 1);
        foreach (var (tree, part) in new (Table, Func<string, string>)[] { (Table.Page, label => Labels.SplitPair(label).First), (Table.Device, label => Labels.SplitPair(label).Second) })
        {
            var rows = ofDay.Where(row => row.Table == tree && row.After == 0 && row.Through == _through).ToList();
            var named = rows.Select(row => row.Label).ToHashSet();
            foreach (var row in rows.Where(row => row.PageViews is not null))
            {
                var line = _cells.Where(cell => row.Label == Labels.Other ? !named.Contains(part(cell.Key)) : part(cell.Key) == row.Label);
                _polytope.Know([.. line.Select(cell => new Term(cell.Value))], row.PageViews!.Value, row.PageViews.Value);
            }
        }
    }

    public IReadOnlyList<Told> Told { get; }

    /// <summary>Each silent cell, and the silent cells of each row and column together.</summary>
    public IEnumerable<Group> Groups()
    {
        var silent = _cells.Keys.Except(Told.Select(row => row.Label)).ToList();
        return silent.Select(label => Of($"'{label.ReplaceLineEndings(" by ")}'", [label]))
            .Concat(silent.GroupBy(label => Labels.SplitPair(label).First).Select(line => Of($"what is silent of '{line.Key}'", [.. line])))
            .Concat(silent.GroupBy(label => Labels.SplitPair(label).Second).Select(line => Of($"what is silent of '{line.Key}'", [.. line])));
    }

    public bool Tells(IReadOnlyCollection<Term> terms) => _polytope.Tells(terms);

    public void Dispose() => _polytope.Dispose();

    private Group Of(string what, IReadOnlyList<string> labels) => new(
        $"page views of {what}", [.. labels.Select(label => new Term(_cells[label]))],
        labels.SelectMany(label => _truth.People(Table.PageDevice, label, Figure.Views, 0, _through)));
}
