using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Lists groups, by state where asked.</summary>
internal static class ListGroups
{
    private const string Type = "classic";

    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var states = version >= 4 ? ReadFilter(ref reader) : [];
        var types = version >= 5 ? ReadFilter(ref reader) : [];
        reader.Tags();
        return new(reader.Failed ? Reply.Malformed : Answer(request, states, types));
    }

    private static HashSet<string> ReadFilter(ref WireReader reader)
    {
        var filter = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var count = reader.Array(1); count > 0; count--)
        {
            filter.Add(reader.String());
        }

        return filter;
    }

    private static Reply Answer(Request request, HashSet<string> states, HashSet<string> types)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 1)
        {
            writer.Int32(0);
        }

        var groups = request.Broker.Groups.List()
            .Where(g => (states.Count == 0 || states.Contains(DescribeGroups.NameOf(g.State))) && (types.Count == 0 || types.Contains(Type)))
            .ToList();
        writer.Error(ErrorCode.None);
        writer.Array(groups.Count);
        foreach (var (id, state, protocolType) in groups)
        {
            writer.String(id);
            writer.String(protocolType);
            if (version >= 4)
            {
                writer.String(DescribeGroups.NameOf(state));
            }

            if (version >= 5)
            {
                writer.String(Type);
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }
}
