using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// A tree moves as a whole or not at all: named cells with at least k vouching visitors, and one <c>(other)</c> for the
/// rest that is empty or concerns at least k. Were a small rest left out instead, the site's total minus the named cells
/// would tell it.
/// </summary>
internal static class TreeRelease
{
    /// <summary>What of a tree's gain is named and what is the rest; null when the gain is withheld.</summary>
    internal static TreeDecision? Decide(Table tree, IReadOnlyDictionary<string, Counters> gain, ReleasePolicy policy, Func<Table, string, bool> mayBeNamed)
    {
        var named = new List<KeyValuePair<string, Counters>>();
        var rest = new Rest(tree, policy);
        foreach (var cell in gain.Where(cell => cell.Value != default))
        {
            if (cell.Key != Labels.Other && Suffices(tree, cell.Value, policy) && mayBeNamed(tree, cell.Key))
                named.Add(cell);
            else
                rest.Add(cell.Value);
        }

        named.Sort((a, b) => Order(tree, a, b));
        if (rest.IsAtItsMost && named.Count > 0)
            DrawIn(tree, named, rest, policy);
        while (!rest.MayBePublished)
        {
            if (named.Count == 0)
                return null;
            DrawIn(tree, named, rest, policy);
        }

        return new TreeDecision(named, rest.Sum, rest.Labels, gain.Values.Sum(cell => cell.VouchedEntered));
    }

    // The smallest, and whatever is as small: were it for their labels which of them is drawn in, its silence would tell it.
    private static void DrawIn(Table tree, List<KeyValuePair<string, Counters>> named, Rest rest, ReleasePolicy policy)
    {
        var smallest = Size(tree, named[^1].Value);
        do
        {
            rest.Add(named[^1].Value);
            named.RemoveAt(named.Count - 1);
        }
        while (named.Count > 0 && named[^1].Key != Last(tree) && Size(tree, named[^1].Value) < smallest + policy.DrawnAlike);
    }

    // Outside tables of page views a cell also counts page views, which only its viewers contribute to.
    private static bool Suffices(Table tree, in Counters cell, ReleasePolicy policy) => tree.Basis switch
    {
        Basis.Visits => Sufficing.Visits(cell, policy),
        Basis.Views => Sufficing.Views(cell, policy),
        _ => Sufficing.Requests(cell, policy) && (cell.PageViews == 0 || Sufficing.Views(cell, policy)),
    };

    private static long Size(Table tree, in Counters cell) => tree.Basis switch
    {
        Basis.Visits => cell.VouchedVisiting,
        Basis.Views => cell.VouchedViewers,
        _ => cell.Vouched,
    };

    // What is told of elsewhere goes last. With visits of no campaign in the rest, the source (campaign) minus the named
    // campaigns would tell the small ones; with that source in the rest, the rest minus all campaigns the small sources; with
    // new visitors' in the rest, the rest minus the site's new visitors the small cohorts.
    private static string Last(Table tree) => tree == Table.Campaign ? Labels.None : tree == Table.Source ? Labels.Campaign : tree == Table.Cohort ? Labels.New : "";

    // Largest first, so that the smallest is drawn in from the end.
    private static int Order(Table tree, KeyValuePair<string, Counters> a, KeyValuePair<string, Counters> b)
    {
        var last = Last(tree);
        if ((a.Key == last) != (b.Key == last))
            return a.Key == last ? -1 : 1;
        return Size(tree, b.Value).CompareTo(Size(tree, a.Value)) is var bySize and not 0 ? bySize : string.CompareOrdinal(a.Key, b.Key);
    }

    private sealed class Rest(Table tree, ReleasePolicy policy)
    {
        private Counters _sum;
        private long _size;

        internal int Labels { get; private set; }

        internal Counters Sum => _sum;

        internal void Add(in Counters cell)
        {
            Labels++;
            _sum.Add(cell);
            _size += Size(tree, cell);
        }

        // Before any is drawn in: each of the labels has as many as it can have unnamed, and that none is named would tell it.
        internal bool IsAtItsMost => Labels * (policy.K - 1L) - _size is >= 0 and var below && below < policy.BelowMost && Labels > 0;

        // Where visits are told in tens there is always a rest: a few roundings that add up to a total known exactly tell
        // each other. A visitor enters a table once a day, so the sum over labels counts nobody twice: a lower bound on the people
        // in the rest, where the sum of visitors would be an upper one.
        internal bool MayBePublished =>
            (Labels == 0 && !tree.IsInTens) || (Labels >= policy.LeastLabels && _sum.VouchedEntered >= policy.K && SumsMayBePublished);

        private bool SumsMayBePublished => tree.Basis switch
        {
            Basis.Visits => true,
            Basis.Views => Sufficing.Views(_sum, policy),
            _ => Sufficing.Requests(_sum, policy) && (_sum.PageViews == 0 || Sufficing.Views(_sum, policy)),
        };
    }
}

/// <summary>How a tree's gain is told.</summary>
/// <param name="Named">The named cells, largest first.</param>
/// <param name="Rest">The sum of the others.</param>
/// <param name="RestLabels">How many others there are.</param>
/// <param name="Entered">Visitors who entered the table and vouch.</param>
internal sealed record TreeDecision(IReadOnlyList<KeyValuePair<string, Counters>> Named, Counters Rest, int RestLabels, long Entered)
{
    /// <summary>The labels of <see cref="Named"/>.</summary>
    internal IReadOnlySet<string> NamedLabels { get; } = Named.Select(cell => cell.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// The labels that tell a further figure whose total is published. Where one has to be silent, the smallest that
    /// could tell is silent with it: what the total has beyond those that tell then concerns at least its people.
    /// </summary>
    internal IReadOnlyCollection<string> ToldBeside(Func<KeyValuePair<string, Counters>, bool> suffices, ReleasePolicy policy)
    {
        var told = Named.Where(suffices).Select(cell => cell.Key).ToList();
        return told.Count < Named.Count || RestLabels > 0 ? [.. told.SkipLast(policy.SilentBeside)] : told;
    }
}
