using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// A tree moves as a whole or not at all: named cells with at least k vouching visitors, and one <c>(other)</c> for the
/// rest that is empty or concerns at least k. Were a small rest left out instead, the site's total minus the named cells
/// would tell it.
/// </summary>
internal static class TreeRelease
{
    /// <summary>The rows to publish for what a tree gained; empty when it gained nothing; null when the gain is withheld.</summary>
    internal static IReadOnlyList<PublishedRow>? Decide(DateOnly day, Table tree, IReadOnlyDictionary<string, Counters> gain, ReleasePolicy policy)
    {
        var named = new List<KeyValuePair<string, Counters>>();
        var rest = new Rest();
        foreach (var cell in gain.Where(cell => cell.Value != default))
        {
            if (IsNameable(tree, cell, policy))
                named.Add(cell);
            else
                rest.Add(cell.Value);
        }

        // Largest first, so that the smallest is drawn in from the end; the label decides between equals.
        named.Sort((a, b) => Vouched(tree, b.Value).CompareTo(Vouched(tree, a.Value)) is var bySize and not 0 ? bySize : string.CompareOrdinal(a.Key, b.Key));
        while (!rest.MayBePublished(policy))
        {
            if (named.Count == 0)
                return null;
            rest.Add(named[^1].Value);
            named.RemoveAt(named.Count - 1);
        }

        var rows = named.ConvertAll(cell => Row(day, tree, cell.Key, cell.Value, cell.Value.Visitors));
        if (rest.Labels > 0)
            rows.Add(Row(day, tree, Labels.Other, rest.Sum, tree.ManyLabels ? null : rest.Sum.Visitors));
        return rows;
    }

    // Outside tables of page views a cell also counts page views, which only its viewers contribute to.
    private static bool IsNameable(Table tree, KeyValuePair<string, Counters> cell, ReleasePolicy policy) =>
        cell.Key != Labels.Other
        && Vouched(tree, cell.Value) >= policy.K
        && (cell.Value.PageViews == 0 || cell.Value.VouchedViewers >= policy.K);

    private static long Vouched(Table tree, in Counters cell) => tree.Basis == Basis.Views ? cell.VouchedViewers : cell.Vouched;

    private static PublishedRow Row(DateOnly day, Table tree, string label, in Counters cell, long? visitors) => new(day, tree, label)
    {
        Requests = cell.Requests,
        Bytes = cell.Bytes,
        PageViews = cell.PageViews,
        Visitors = visitors,
    };

    private sealed class Rest
    {
        private Counters _sum;

        internal int Labels { get; private set; }

        internal Counters Sum => _sum;

        internal void Add(in Counters cell)
        {
            Labels++;
            _sum.Add(cell);
        }

        // A label that k people entered is nameable itself, so the rest has at least two labels. A visitor enters a table once a day, so the sum over labels counts nobody twice: a lower bound on the people in
        // the rest, where the sum of visitors would be an upper one.
        internal bool MayBePublished(ReleasePolicy policy) =>
            Labels == 0
            || (_sum.VouchedEntered >= policy.K && (_sum.PageViews == 0 || _sum.VouchedViewers >= policy.K));
    }
}
