using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Joins a group; answered when the group's members have gathered.</summary>
internal static class JoinGroup
{
    private const short FirstWithKnownMembers = 4;

    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var group, out var joining))
        {
            return Reply.Malformed;
        }

        return Answer(request, await request.Broker.Groups.JoinAsync(group, joining).WaitAsync(request.Closing));
    }

    private static bool TryParse(Request request, out string group, out Joining joining)
    {
        var reader = request.Read();
        var version = request.Version;
        group = reader.String();
        var session = TimeSpan.FromMilliseconds(reader.Int32());
        var rebalance = version >= 1 ? TimeSpan.FromMilliseconds(Math.Max(0, reader.Int32())) : session;
        var member = reader.String();
        var instance = version >= 5 ? reader.NullableString() : null;
        var protocolType = reader.String();
        var protocols = new List<GroupProtocol>();
        for (var count = reader.Array(3); count > 0; count--)
        {
            protocols.Add(new GroupProtocol(reader.String(), reader.ByteArray()));
        }

        joining = new Joining(member, instance, request.ClientId, version >= FirstWithKnownMembers, session, rebalance, protocolType, protocols);
        return !reader.Failed;
    }

    private static WireWriter Answer(Request request, Joined joined)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 2)
        {
            writer.Int32(0);
        }

        writer.Error(joined.Error);
        writer.Int32(joined.Generation);
        writer.String(joined.Protocol);
        writer.String(joined.Leader);
        writer.String(joined.MemberId);
        WriteMembers(writer, version, joined.Members ?? []);
        return writer;
    }

    private static void WriteMembers(WireWriter writer, short version, IReadOnlyList<JoinedMember> members)
    {
        writer.Array(members.Count);
        foreach (var member in members)
        {
            writer.String(member.Id);
            if (version >= 5)
            {
                writer.String(member.InstanceId);
            }

            writer.Bytes(member.Metadata);
        }
    }
}
