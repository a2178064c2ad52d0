using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>How long the state of a site's day lives. Times in milliseconds.</summary>
/// <param name="WaitsMs">How long after the day's end it is sure to be needed: the longest lateness of any of its revisions.</param>
/// <param name="LivesMs">How long it lives after that, or after the day's last events where they came later: the strictest of its revisions.</param>
internal readonly record struct StateLife(long WaitsMs, long LivesMs);

/// <summary>The revisions that a fold has met, by name. A revision never changes, so each is asked for once.</summary>
/// <param name="bookWith">The published revisions, where one has that name; null where none has. May read a store: which there are up to that one is a fact that never changes.</param>
/// <param name="clock">Knows the latest revision that the log has told of.</param>
internal sealed class FoldPolicies(Func<string, PolicyBook?> bookWith, LogClock clock)
{
    // From before the earliest receipt of what happens on a day to the day's end: events can be two days ahead.
    private const long ReachMs = (48 + 25) * 60L * 60 * 1000;

    private readonly Dictionary<string, FoldPolicy> _known = new(StringComparer.Ordinal);
    private (long SinceMs, StateLife Life)[]? _lives;

    /// <summary>The policy of a stamp; null where its revision is not published: the stamp is not one that ingest made.</summary>
    public FoldPolicy? Of(SiteStamp stamp)
    {
        if (_known.TryGetValue(stamp.Policy, out var known))
            return known;
        if (bookWith(stamp.Policy)?.Find(stamp.Policy) is not { } revision)
            return null;
        return _known[stamp.Policy] = FoldPolicy.Of(revision);
    }

    /// <summary>Takes note of a stamp that is folded. True where states live otherwise from now on.</summary>
    public bool Meet(SiteStamp stamp)
    {
        if (!clock.Meet(stamp.Policy))
            return false;
        _lives = null;
        return true;
    }

    /// <summary>
    /// For how long state of what happened at a moment is kept: by all revisions that were in force since it can have been
    /// received, up to the latest that the log has told of. Not by those of its own events: whoever replays from behind
    /// some of them does not know which these were, and must let the state end where it ended. The later the moment, the
    /// fewer revisions, and the longer it lives.
    /// </summary>
    public StateLife LifeAt(long momentMs)
    {
        _lives ??= Lives(bookWith(clock.Policy)!);
        foreach (var (sinceMs, life) in _lives)
        {
            if (sinceMs <= momentMs - ReachMs)
                return life;
        }

        return _lives[^1].Life;
    }

    // The latest first: each with the strictest of all from it on.
    private (long SinceMs, StateLife Life)[] Lives(PolicyBook book)
    {
        var lives = new List<(long, StateLife)>();
        var life = new StateLife(0, long.MaxValue);
        foreach (var revision in book.Revisions.Where(revision => string.CompareOrdinal(revision.Name, clock.Policy) <= 0).Reverse())
        {
            var policy = FoldPolicy.Of(revision);
            life = new StateLife(Math.Max(life.WaitsMs, policy.LatenessMs), Math.Min(life.LivesMs, policy.StateLivesMs));
            lives.Add((revision.EffectiveAt.ToUnixTimeMilliseconds(), life));
        }

        return [.. lives];
    }
}
