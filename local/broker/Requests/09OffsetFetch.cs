using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells the offsets that groups committed.</summary>
internal static class OffsetFetch
{
    private const short FirstWithManyGroups = 8;

    private sealed record Part(string Topic, IReadOnlyList<int> Partitions);

    private sealed record Asked(string Group, List<Part>? Parts)
    {
        public IReadOnlyDictionary<PartitionId, CommittedOffset> Offsets { get; set; } = new Dictionary<PartitionId, CommittedOffset>();
    }

    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var asked))
        {
            return Reply.Malformed;
        }

        foreach (var group in asked)
        {
            group.Offsets = await request.Broker.Groups.Offsets.FetchAsync(group.Group);
        }

        return Answer(request, asked);
    }

    private static bool TryParse(Request request, out List<Asked> asked)
    {
        var reader = request.Read();
        asked = [];
        if (request.Version < FirstWithManyGroups)
        {
            var group = reader.String();
            asked.Add(new Asked(group, ReadParts(ref reader)));
        }
        else
        {
            for (var groups = reader.Array(3); groups > 0; groups--)
            {
                var group = reader.String();
                asked.Add(new Asked(group, ReadParts(ref reader)));
                reader.Tags();
            }
        }

        if (request.Version >= 7)
        {
            reader.Bool();
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static List<Part>? ReadParts(ref WireReader reader)
    {
        var topics = reader.Array(3);
        if (topics < 0)
        {
            return null;
        }

        var parts = new List<Part>();
        for (; topics > 0; topics--)
        {
            var topic = reader.String();
            var partitions = new List<int>();
            for (var count = reader.Array(4); count > 0; count--)
            {
                partitions.Add(reader.Int32());
            }

            parts.Add(new Part(topic, partitions));
            reader.Tags();
        }

        return parts;
    }

    private static WireWriter Answer(Request request, List<Asked> asked)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 3)
        {
            writer.Int32(0);
        }

        if (version < FirstWithManyGroups)
        {
            WriteTopics(request, writer, asked[0]);
            if (version >= 2)
            {
                writer.Error(ErrorCode.None);
            }
        }
        else
        {
            writer.Array(asked.Count);
            foreach (var group in asked)
            {
                writer.String(group.Group);
                WriteTopics(request, writer, group);
                writer.Error(ErrorCode.None);
                writer.Tags();
            }
        }

        writer.Tags();
        return writer;
    }

    private static void WriteTopics(Request request, WireWriter writer, Asked asked)
    {
        var parts = asked.Parts ?? Everything(request, asked);
        writer.Array(parts.Count);
        foreach (var part in parts)
        {
            var topic = request.Broker.Topics.Find(part.Topic);
            writer.String(part.Topic);
            writer.Array(part.Partitions.Count);
            foreach (var partition in part.Partitions)
            {
                var found = asked.Offsets.GetValueOrDefault(new PartitionId(topic?.Id ?? default, partition), new CommittedOffset(-1, ""));
                Write(writer, request.Version, partition, found);
            }

            writer.Tags();
        }
    }

    private static List<Part> Everything(Request request, Asked asked) =>
    [
        .. asked.Offsets.Keys
            .Select(p => (request.Broker.Topics.Find(p.Topic)?.Name, p.Partition))
            .Where(p => p.Name is not null)
            .GroupBy(p => p.Name!, StringComparer.Ordinal)
            .Select(topic => new Part(topic.Key, [.. topic.Select(p => p.Partition).Order()])),
    ];

    private static void Write(WireWriter writer, short version, int partition, CommittedOffset committed)
    {
        writer.Int32(partition);
        writer.Int64(committed.Offset);
        if (version >= 5)
        {
            writer.Int32(-1);
        }

        writer.String(committed.Metadata);
        writer.Error(ErrorCode.None);
        writer.Tags();
    }
}
