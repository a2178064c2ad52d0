using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells groups' states and members.</summary>
internal static class DescribeGroups
{
    private const int NotAsked = int.MinValue;

    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var ids = new List<string>();
        for (var count = reader.Array(1); count > 0; count--)
        {
            ids.Add(reader.String());
        }

        if (request.Version >= 3)
        {
            reader.Bool();
        }

        reader.Tags();
        return new(reader.Failed ? Reply.Malformed : Answer(request, ids));
    }

    /// <summary>A state's name as Kafka writes it.</summary>
    public static string NameOf(GroupState? state) => state?.ToString() ?? "Dead";

    private static Reply Answer(Request request, List<string> ids)
    {
        var writer = request.Respond();
        if (request.Version >= 1)
        {
            writer.Int32(0);
        }

        writer.Array(ids.Count);
        foreach (var id in ids)
        {
            Write(writer, request.Version, id, request.Broker.Groups.Describe(id));
        }

        writer.Tags();
        return writer;
    }

    private static void Write(WireWriter writer, short version, string id, GroupDescription? group)
    {
        writer.Error(ErrorCode.None);
        writer.String(id);
        writer.String(NameOf(group?.State));
        writer.String(group?.ProtocolType ?? "");
        writer.String(group?.Protocol ?? "");
        writer.Array(group?.Members.Count ?? 0);
        foreach (var member in group?.Members ?? [])
        {
            WriteMember(writer, version, member);
        }

        if (version >= 3)
        {
            writer.Int32(NotAsked);
        }

        writer.Tags();
    }

    private static void WriteMember(WireWriter writer, short version, MemberDescription member)
    {
        writer.String(member.Id);
        if (version >= 4)
        {
            writer.String(member.InstanceId);
        }

        writer.String(member.ClientId);
        writer.String(BrokerContext.Host);
        writer.Bytes(member.Metadata);
        writer.Bytes(member.Assignment);
        writer.Tags();
    }
}
