using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>Says of labels whether they may be published, and counts those that may not by what was found in them. Not thread-safe.</summary>
public sealed class LabelGuard
{
    private const int MostRemembered = 50_000;

    private readonly Dictionary<string, IdentifierClass?> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<IdentifierClass, int> _withheld = [];

    /// <summary>Whether nothing was found. A label that may not be named counts in the rest of its table.</summary>
    public bool MayBeNamed(Table table, string label)
    {
        if (_known.Count >= MostRemembered)
            _known.Clear();
        if (!_known.TryGetValue(label, out var found))
            _known[label] = found = LabelDetectors.Find(label);
        if (found is not { } identifier)
            return true;
        _withheld[identifier] = _withheld.GetValueOrDefault(identifier) + 1;
        return false;
    }

    /// <summary>How many labels were withheld since this was last asked, by class.</summary>
    public IReadOnlyDictionary<IdentifierClass, int> Take()
    {
        var withheld = new Dictionary<IdentifierClass, int>(_withheld);
        _withheld.Clear();
        return withheld;
    }
}
