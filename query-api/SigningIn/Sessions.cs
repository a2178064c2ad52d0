namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>
/// The sessions of this process: when each was last active, and which have ended. A cookie alone does not make a
/// session: once signed off, a copy of it is worth nothing. That holds through a restart because no session does: people
/// sign on again.
/// </summary>
public sealed class Sessions(TimeProvider time)
{
    /// <summary>How many people can be signed on at once.</summary>
    public const int Most = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(Session Session, DateTimeOffset LastActivity, bool Ended);

    /// <summary>Begins a session; false when too many live.</summary>
    public bool TryStart(Session session)
    {
        lock (_gate)
        {
            Forget();
            return _entries.Count < Most && _entries.TryAdd(session.Id, new Entry(session, time.GetUtcNow(), Ended: false));
        }
    }

    /// <summary>Whether a cookie's session lives.</summary>
    public bool IsLive(Session session)
    {
        lock (_gate)
            return _entries.TryGetValue(session.Id, out var entry) && !entry.Ended && !IsOver(entry);
    }

    /// <summary>Notes activity.</summary>
    public void Touch(string id)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out var entry) && !entry.Ended)
                _entries[id] = entry with { LastActivity = time.GetUtcNow() };
        }
    }

    /// <summary>Ends a session; false when it had ended.</summary>
    public bool End(string id)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(id, out var entry) || entry.Ended)
                return false;
            _entries[id] = entry with { Ended = true };
            return true;
        }
    }

    /// <summary>Sessions that inactivity or the end of their token has ended, not told before by <see cref="End"/>.</summary>
    public IReadOnlyList<Session> Over()
    {
        lock (_gate)
            return [.. _entries.Values.Where(entry => !entry.Ended && IsOver(entry)).Select(entry => entry.Session)];
    }

    private bool IsOver(Entry entry) => time.GetUtcNow() is var now && (now >= entry.LastActivity + Session.Inactivity || now >= entry.Session.Ends);

    // What has ended is remembered for as long as a copy of its cookie would hold.
    private void Forget()
    {
        foreach (var (id, entry) in _entries)
        {
            if (entry.Ended && IsOver(entry))
                _entries.Remove(id);
        }
    }
}
