using Google.Protobuf;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>Members' sessions as simply as can be: 20 minutes after the last activity they have ended, told once.</summary>
/// <param name="end">Told whose session has ended by inactivity, and when.</param>
internal sealed class SimpleSessions(Action<string, long> end)
{
    private const long Inactivity = 20 * 60_000;

    private readonly Dictionary<string, Session> _ofMembers = [];

    private sealed class Session
    {
        public long Last { get; set; }
        public long ReceivedMs { get; set; }
        public ByteString? Import { get; set; }
        public bool IsOpen { get; set; }
    }

    /// <summary>A member did something, which was not told before.</summary>
    public void Meet(AccessEvent told, GroupHeader header)
    {
        if (told.Action == "sign-on-failed")
            return;
        if (!_ofMembers.TryGetValue(told.Member, out var session))
            _ofMembers.Add(told.Member, session = new Session { Last = long.MinValue });
        if (session.IsOpen && told.AtMs > session.Last + Inactivity)
            End(told.Member, session);
        if (session.IsOpen ? told.AtMs < session.Last : told.AtMs <= session.Last)
            return;
        (session.Last, session.ReceivedMs, session.Import, session.IsOpen) = (told.AtMs, header.ReceivedToMs, header.File?.Import, told.Action != "signed-off");
    }

    /// <summary>The log's clock has come to that time.</summary>
    public void Pass(long watermarkMs) => End(session => Math.Max(session.Last, session.ReceivedMs) + Inactivity <= watermarkMs);

    /// <summary>An import has ended.</summary>
    public void Pass(GroupHeader ended) => End(session => session.Import == ended.File.Import && session.Last + Inactivity <= ended.ReceivedToMs);

    private void End(Func<Session, bool> isOver)
    {
        foreach (var (member, session) in _ofMembers.Where(known => known.Value.IsOpen && isOver(known.Value)).ToList())
            End(member, session);
    }

    private void End(string member, Session session)
    {
        (session.Last, session.IsOpen) = (session.Last + Inactivity, false);
        end(member, session.Last);
    }
}
