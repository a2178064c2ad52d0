using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Hands in the leader's assignment, and hands each member its part.</summary>
internal static class SyncGroup
{
    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var groupId, out var claim, out var assignments))
        {
            return Reply.Malformed;
        }

        var synced = request.Broker.Groups.Find(groupId) is { } group
            ? await group.SyncAsync(claim, assignments).WaitAsync(request.Closing)
            : Synced.Refused(ErrorCode.UnknownMemberId);
        return Answer(request, synced);
    }

    private static bool TryParse(Request request, out string group, out MemberClaim claim, out List<(string, byte[])> assignments)
    {
        var reader = request.Read();
        var version = request.Version;
        group = reader.String();
        var (generation, member) = (reader.Int32(), reader.String());
        claim = new MemberClaim(member, version >= 3 ? reader.NullableString() : null, generation);
        assignments = [];
        for (var count = reader.Array(3); count > 0; count--)
        {
            assignments.Add((reader.String(), reader.ByteArray()));
        }

        return !reader.Failed;
    }

    private static WireWriter Answer(Request request, Synced synced)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 1)
        {
            writer.Int32(0);
        }

        writer.Error(synced.Error);
        writer.Bytes(synced.Assignment);
        return writer;
    }
}
