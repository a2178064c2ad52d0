using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>The revisions that a fold has met, by name. A revision never changes, so each is asked for once.</summary>
/// <param name="find">The published revision of a name; null where none is. May read a store: the answer is a fact that never changes.</param>
internal sealed class FoldPolicies(Func<string, PolicyRevision?> find)
{
    private readonly Dictionary<string, FoldPolicy> _known = new(StringComparer.Ordinal);

    /// <summary>The policy of a stamp; null where its revision is not published: the stamp is not one that ingest made.</summary>
    public FoldPolicy? Of(SiteStamp stamp)
    {
        if (_known.TryGetValue(stamp.Policy, out var known))
            return known;
        if (find(stamp.Policy) is not { } revision)
            return null;
        return _known[stamp.Policy] = FoldPolicy.Of(revision);
    }
}
