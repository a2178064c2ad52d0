using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>
/// Goes through a span of the log event by event and mark by mark, and tells which sessions end by inactivity, and where. Pure:
/// equal events and marks in equal order end equal sessions, wherever spans are cut.
/// </summary>
/// <param name="known">Every session that the span can concern.</param>
internal sealed class SessionWalk(IEnumerable<MemberSession> known)
{
    private readonly Dictionary<SessionKey, MemberSession> _sessions = known.ToDictionary(session => session.Key);
    private readonly SortedSet<(long Due, long Last, SessionKey Key)> _open = [.. known.Where(session => session.IsOpen).Select(Place)];
    private readonly HashSet<SessionKey> _changed = [];

    /// <summary>Those that are not as they were.</summary>
    public IEnumerable<MemberSession> Changed => _changed.Select(key => _sessions[key]);

    /// <summary>An event that is new on the record. The session that ended before it; null where none did.</summary>
    public MemberSession? Meet(SessionKey key, MemberAccess told)
    {
        var (atMs, session) = (told.Told.AtMs, _sessions.GetValueOrDefault(key));
        // Who did not get in had no session, and did not end one.
        if (told.Told.Action == "sign-on-failed")
            return null;
        var ended = session is { IsOpen: true } open && atMs > open.EndMs ? session : null;
        if (ended is not null)
            session = ended.Ended(ended.EndMs);
        // What comes after something later changes nothing: the end that it would move may have been recorded.
        if (session is not null && (session.IsOpen ? atMs < session.LastMs : atMs <= session.LastMs))
            Put(session);
        else if (told.Told.Action == "signed-off")
            Put((session ?? Begin(key, told)).Ended(atMs));
        else
            Put((session is { IsOpen: true } ? session : Begin(key, told)) with { LastMs = atMs, DueMs = Math.Max(atMs, told.ReceivedMs) + MemberSession.InactivityMs, Import = told.Import });
        return ended;
    }

    /// <summary>The clock moved, or an import ended. The sessions that end by it, in their order.</summary>
    public IReadOnlyList<MemberSession> Pass(SessionMark mark)
    {
        var ending = mark.Import is null
            ? _open.TakeWhile(open => open.Due <= mark.ThroughMs)
            : _open.Where(open => _sessions[open.Key].Import == mark.Import && open.Last + MemberSession.InactivityMs <= mark.ThroughMs);
        MemberSession[] ended = [.. ending.Select(open => _sessions[open.Key])];
        foreach (var session in ended)
            Put(session.Ended(session.EndMs));
        return ended;
    }

    private static MemberSession Begin(SessionKey key, MemberAccess told) => new(key)
    {
        LastMs = told.Told.AtMs,
        OpenedMs = told.Told.AtMs,
        Ending = new Draft(new Person(PersonClass.Member, told.Told.Member), told.EndedByInactivity) { IsDerived = true },
    };

    private void Put(MemberSession session)
    {
        if (_sessions.TryGetValue(session.Key, out var before))
        {
            if (before == session)
                return;
            _open.Remove(Place(before));
        }

        _sessions[session.Key] = session;
        _changed.Add(session.Key);
        if (session.IsOpen)
            _open.Add(Place(session));
    }

    private static (long Due, long Last, SessionKey Key) Place(MemberSession session) => (session.DueMs ?? 0, session.LastMs, session.Key);
}
