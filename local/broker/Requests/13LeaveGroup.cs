using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Takes members out of a group.</summary>
internal static class LeaveGroup
{
    private const short FirstWithManyMembers = 3;

    private readonly record struct Leaver(string MemberId, string? InstanceId);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var group, out var leavers) ? Answer(request, group, leavers) : Reply.Malformed);

    private static bool TryParse(Request request, out string group, out List<Leaver> leavers)
    {
        var reader = request.Read();
        var version = request.Version;
        group = reader.String();
        leavers = [];
        if (version < FirstWithManyMembers)
        {
            leavers.Add(new Leaver(reader.String(), null));
        }
        else
        {
            for (var count = reader.Array(2); count > 0; count--)
            {
                leavers.Add(new Leaver(reader.String(), reader.NullableString()));
            }
        }

        return !reader.Failed;
    }

    private static Reply Answer(Request request, string groupId, List<Leaver> leavers)
    {
        var group = request.Broker.Groups.Find(groupId);
        var errors = leavers.ConvertAll(l => group?.Leave(l.MemberId, l.InstanceId) ?? ErrorCode.UnknownMemberId);
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 1)
        {
            writer.Int32(0);
        }

        writer.Error(version < FirstWithManyMembers ? errors[0] : ErrorCode.None);
        if (version >= FirstWithManyMembers)
        {
            writer.Array(leavers.Count);
            foreach (var (leaver, error) in leavers.Zip(errors))
            {
                writer.String(leaver.MemberId);
                writer.String(leaver.InstanceId);
                writer.Error(error);
            }
        }

        return writer;
    }
}
