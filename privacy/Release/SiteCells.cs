using System.Runtime.InteropServices;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// What some blocks add to a site's day outside its trees: the site's own cells by hour, and the technical cells.
/// Bounded by 24 hours and the closed vocabularies of the technical tables.
/// </summary>
public sealed class SiteCells
{
    /// <summary>Hours of a site's day; a day of 25 hours has its repeated hour in one.</summary>
    public const int Hours = 24;

    private readonly Counters[] _hours = new Counters[Hours];
    private readonly Dictionary<(Table Table, string Label), Counters> _technical = [];
    private Counters _total;

    /// <summary>Sums over the hours.</summary>
    public Counters Total => _total;

    /// <summary>The technical cells, by table and label.</summary>
    public IEnumerable<(Table Table, string Label, Counters Counters)> Technical =>
        from cell in _technical
        orderby cell.Key.Table.Id, cell.Key.Label
        select (cell.Key.Table, cell.Key.Label, cell.Value);

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _total == default && _technical.Count == 0;

    /// <summary>What one hour of the site's day has.</summary>
    /// <param name="hour">0 to 23.</param>
    public Counters Hour(int hour) => _hours[hour];

    /// <summary>Adds to the site's own cell of an hour.</summary>
    public void AddSite(int hour, in Counters counters)
    {
        _hours[hour].Add(counters);
        _total.Add(counters);
    }

    /// <summary>Adds to a technical cell.</summary>
    public void AddTechnical(Table table, string label, in Counters counters)
    {
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_technical, (table, label), out _);
        cell.Add(counters);
    }

    /// <summary>Adds everything of <paramref name="other"/>.</summary>
    public void Add(SiteCells other)
    {
        for (var hour = 0; hour < Hours; hour++)
            AddSite(hour, other._hours[hour]);
        foreach (var ((table, label), counters) in other._technical)
            AddTechnical(table, label, counters);
    }
}
