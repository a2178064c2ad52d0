using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What is published of a label: the sums of its rows; 0 of what none of them says.</summary>
public readonly record struct PublishedFigures(long Requests, long Bytes, long Errors, long PageViews, long Visitors, long Visits)
{
    /// <summary>Both together.</summary>
    public static PublishedFigures operator +(PublishedFigures one, PublishedFigures other) => new(
        one.Requests + other.Requests, one.Bytes + other.Bytes, one.Errors + other.Errors, one.PageViews + other.PageViews, one.Visitors + other.Visitors, one.Visits + other.Visits);
}

/// <summary>
/// Holds a site's day as it was folded again against what is published of it, where what had been counted is gone
/// (docs/adr/0003). Pure. A published figure that the log still bears is at most the one of the whole day: what was held
/// back cannot be told from what is new, so that of labels only the lower is told. Not asked: what has no name, hours, and
/// visits that are told in tens, release by release.
/// </summary>
public static class PublishedComparison
{
    // A pair is told once, to the nearest ten.
    private const long PairRounding = 5;

    /// <summary>Whether each table of which labels are published bears them all: <see cref="Compared.Equal"/>, or else <see cref="Compared.Lower"/>.</summary>
    public static IReadOnlyDictionary<Table, Compared> Compare(
        IReadOnlyDictionary<(Table Table, string Label), PublishedFigures> published, IReadOnlyDictionary<CellPlace, Counters> rebuilt) =>
        published.Where(label => IsAsked(label.Key.Table, label.Key.Label)).GroupBy(label => label.Key.Table).ToDictionary(
            labels => labels.Key,
            labels => labels.All(label => Bears(label.Key.Table, rebuilt.GetValueOrDefault(new CellPlace(label.Key.Table, 0, label.Key.Label)), label.Value)) ? Compared.Equal : Compared.Lower);

    private static bool IsAsked(Table table, string label) =>
        table.Kind != TableKind.Site && (table.Kind == TableKind.Technical || (label != Labels.Other && !table.IsInTens));

    private static bool Bears(Table table, in Counters cell, in PublishedFigures told) => table.Kind == TableKind.Pair
        ? told.PageViews <= cell.PageViews + PairRounding
        : told.Requests <= cell.Requests && told.Bytes <= cell.Bytes && told.Errors <= cell.Errors
            && told.PageViews <= cell.PageViews && told.Visitors <= cell.Visitors && told.Visits <= cell.Visits;
}
