using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Keeps a member of a group alive, and tells it when to join again.</summary>
internal static class Heartbeat
{
    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var group = reader.String();
        var (generation, member) = (reader.Int32(), reader.String());
        var claim = new MemberClaim(member, version >= 3 ? reader.NullableString() : null, generation);
        if (reader.Failed)
        {
            return new(Reply.Malformed);
        }

        var writer = request.Respond();
        if (version >= 1)
        {
            writer.Int32(0);
        }

        writer.Error(request.Broker.Groups.Find(group)?.Heartbeat(claim) ?? ErrorCode.UnknownMemberId);
        return new(writer);
    }
}
