using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Creates topics, each on its own: one that cannot be leaves the others.</summary>
internal static class CreateTopics
{
    private sealed record Wanted(string Name, int Partitions, short Replicas, bool IsAssignmentUsable, Dictionary<string, string> Settings);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var wanted, out var validateOnly) ? Answer(request, wanted, validateOnly) : Reply.Malformed);

    private static bool TryParse(Request request, out List<Wanted> wanted, out bool validateOnly)
    {
        var reader = request.Read();
        wanted = [];
        for (var count = reader.Array(8); count > 0; count--)
        {
            wanted.Add(ReadTopic(ref reader, request.Broker.Options));
        }

        reader.Int32();
        validateOnly = request.Version >= 1 && reader.Bool();
        return !reader.Failed;
    }

    private static Wanted ReadTopic(ref WireReader reader, BrokerOptions options)
    {
        var name = reader.String();
        var (partitions, replicas) = (reader.Int32(), reader.Int16());
        var (assigned, isUsable) = ReadAssignments(ref reader);
        var settings = ReadSettings(ref reader);
        var number = assigned > 0 ? assigned : partitions == -1 ? options.DefaultPartitions : partitions;
        return new Wanted(name, number, replicas, isUsable, settings);
    }

    private static (int Count, bool IsUsable) ReadAssignments(ref WireReader reader)
    {
        var seen = new HashSet<int>();
        var isUsable = true;
        var assignments = reader.Array(8);
        for (var left = assignments; left > 0; left--)
        {
            var partition = reader.Int32();
            isUsable &= partition >= 0 && partition < assignments && seen.Add(partition);
            var replicas = reader.Array(4);
            isUsable &= replicas == 1;
            for (; replicas > 0; replicas--)
            {
                isUsable &= reader.Int32() == BrokerContext.NodeId;
            }
        }

        return (Math.Max(0, assignments), isUsable);
    }

    private static Dictionary<string, string> ReadSettings(ref WireReader reader)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var count = reader.Array(3); count > 0; count--)
        {
            settings[reader.String()] = reader.NullableString() ?? "";
        }

        return settings;
    }

    private static Reply Answer(Request request, List<Wanted> wanted, bool validateOnly)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 2)
        {
            writer.Int32(0);
        }

        writer.Array(wanted.Count);
        foreach (var topic in wanted)
        {
            var (error, reason) = Create(request, topic, validateOnly);
            writer.String(topic.Name);
            writer.Error(error);
            if (version >= 1)
            {
                writer.String(reason);
            }
        }

        return writer;
    }

    private static (ErrorCode Error, string? Reason) Create(Request request, Wanted wanted, bool validateOnly)
    {
        if (wanted.Replicas is not (1 or -1))
        {
            return (ErrorCode.InvalidReplicationFactor, "this is the only broker: the replication factor is 1");
        }

        if (!wanted.IsAssignmentUsable)
        {
            return (ErrorCode.InvalidReplicaAssignment, "this is the only broker: it holds every partition");
        }

        var (error, reason, _) = request.Broker.Topics.Create(wanted.Name, wanted.Partitions, wanted.Settings, validateOnly);
        return (error, reason);
    }
}
