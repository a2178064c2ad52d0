using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Stores a group's offsets; answered when they are on disk.</summary>
internal static class OffsetCommit
{
    private sealed record Part(string Topic, int Partition, long Offset, string? Metadata)
    {
        public ErrorCode Error { get; set; }

        public PartitionId Id { get; set; }
    }

    private sealed record Commit(string Group, MemberClaim Claim, List<Part> Parts);

    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var commit))
        {
            return Reply.Malformed;
        }

        var error = request.Broker.Groups.CheckCommit(commit.Group, commit.Claim);
        commit.Parts.ForEach(part => part.Error = error == ErrorCode.None ? Check(request, part) : error);
        var good = commit.Parts.FindAll(p => p.Error == ErrorCode.None);
        if (good.Count > 0)
        {
            var stored = await StoreAsync(request, commit.Group, good);
            good.ForEach(p => p.Error = stored);
        }

        return Answer(request, commit.Parts);
    }

    private static bool TryParse(Request request, out Commit commit)
    {
        var reader = request.Read();
        var version = request.Version;
        var group = reader.String();
        var (generation, member) = (reader.Int32(), reader.String());
        var instance = version >= 7 ? reader.NullableString() : null;
        if (version is >= 2 and <= 4)
        {
            reader.Int64();
        }

        var parts = new List<Part>();
        for (var topics = reader.Array(6); topics > 0; topics--)
        {
            var topic = reader.String();
            for (var partitions = reader.Array(13); partitions > 0; partitions--)
            {
                parts.Add(ReadPart(ref reader, version, topic));
            }

            reader.Tags();
        }

        reader.Tags();
        commit = new Commit(group, new MemberClaim(member, instance, generation), parts);
        return !reader.Failed;
    }

    private static Part ReadPart(ref WireReader reader, short version, string topic)
    {
        var (partition, offset) = (reader.Int32(), reader.Int64());
        if (version >= 6)
        {
            reader.Int32();
        }

        if (version == 1)
        {
            reader.Int64();
        }

        var part = new Part(topic, partition, offset, reader.NullableString());
        reader.Tags();
        return part;
    }

    private static ErrorCode Check(Request request, Part part)
    {
        if (request.Broker.Topics.Find(part.Topic) is not { } topic || topic.Partition(part.Partition) is null)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        part.Id = new PartitionId(topic.Id, part.Partition);
        return part.Metadata?.Length > CommittedOffset.MaxMetadata ? ErrorCode.OffsetMetadataTooLarge : ErrorCode.None;
    }

    private static async Task<ErrorCode> StoreAsync(Request request, string group, List<Part> parts)
    {
        try
        {
            var offsets = parts.ConvertAll(p => (p.Id, new CommittedOffset(p.Offset, p.Metadata)));
            return !request.Broker.Groups.Offsets.TryCommit(group, offsets, out var onDisk) ? ErrorCode.PolicyViolation
                : await onDisk ? ErrorCode.None
                : ErrorCode.KafkaStorageError;
        }
        catch (IOException)
        {
            return ErrorCode.KafkaStorageError;
        }
    }

    private static WireWriter Answer(Request request, List<Part> parts)
    {
        var writer = request.Respond();
        if (request.Version >= 3)
        {
            writer.Int32(0);
        }

        var topics = parts.GroupBy(p => p.Topic, StringComparer.Ordinal).ToList();
        writer.Array(topics.Count);
        foreach (var topic in topics)
        {
            writer.String(topic.Key);
            writer.Array(topic.Count());
            foreach (var part in topic)
            {
                writer.Int32(part.Partition);
                writer.Error(part.Error);
                writer.Tags();
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }
}
