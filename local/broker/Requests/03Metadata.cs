using KpTelemetry.Local.Broker.Topics;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells the one broker, the topics and their partitions.</summary>
internal static class Metadata
{
    private const int NotAsked = int.MinValue;

    private readonly record struct Wanted(string? Name, Guid Id);

    private readonly record struct Told(ErrorCode Error, string? Name, Guid Id, int Partitions);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var wanted, out var mayCreate) ? Answer(request, Tell(request, wanted, mayCreate)) : Reply.Malformed);

    private static bool TryParse(Request request, out List<Wanted>? wanted, out bool mayCreate)
    {
        var reader = request.Read();
        var version = request.Version;
        var count = reader.Array(version >= 10 ? 16 : 1);
        wanted = count < 0 || (count == 0 && version == 0) ? null : [];
        for (; count > 0; count--)
        {
            var id = version >= 10 ? reader.Uuid() : default;
            wanted!.Add(new Wanted(version >= 10 ? reader.NullableString() : reader.String(), id));
            reader.Tags();
        }

        mayCreate = version < 4 || reader.Bool();
        if (version is >= 8 and <= 10)
        {
            reader.Bool();
        }

        if (version >= 8)
        {
            reader.Bool();
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static List<Told> Tell(Request request, List<Wanted>? wanted, bool mayCreate) =>
        wanted is null
            ? [.. request.Broker.Topics.All.Select(Describe)]
            : [.. wanted.Distinct().Select(w => w.Name is null ? TellById(request, w.Id) : TellByName(request, w.Name, mayCreate))];

    private static Told TellById(Request request, Guid id) =>
        request.Broker.Topics.Find(id) is { } topic ? Describe(topic) : new Told(ErrorCode.UnknownTopicId, null, id, 0);

    private static Told TellByName(Request request, string name, bool mayCreate)
    {
        var (topics, options) = (request.Broker.Topics, request.Broker.Options);
        if (topics.Find(name) is { } topic)
        {
            return Describe(topic);
        }

        if (!TopicName.IsValid(name))
        {
            return new Told(ErrorCode.InvalidTopic, name, default, 0);
        }

        if (!(mayCreate && options.AutoCreateTopics))
        {
            return new Told(ErrorCode.UnknownTopicOrPartition, name, default, 0);
        }

        // Someone else may have made it meanwhile.
        var (error, _, made) = topics.Create(name, options.DefaultPartitions, new Dictionary<string, string>());
        return (made ?? topics.Find(name)) is { } there ? Describe(there) : new Told(error, name, default, 0);
    }

    private static Told Describe(Topic topic) => new(ErrorCode.None, topic.Name, topic.Id, topic.Partitions.Count);

    private static Reply Answer(Request request, List<Told> topics)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 3)
        {
            writer.Int32(0);
        }

        WriteBroker(writer, version, request.Broker);
        if (version >= 2)
        {
            writer.String(request.Broker.ClusterId);
        }

        if (version >= 1)
        {
            writer.Int32(BrokerContext.NodeId);
        }

        writer.Array(topics.Count);
        foreach (var topic in topics)
        {
            WriteTopic(writer, version, topic);
        }

        if (version is >= 8 and <= 10)
        {
            writer.Int32(NotAsked);
        }

        writer.Tags();
        return writer;
    }

    private static void WriteBroker(WireWriter writer, short version, BrokerContext broker)
    {
        writer.Array(1);
        writer.Int32(BrokerContext.NodeId);
        writer.String(BrokerContext.Host);
        writer.Int32(broker.Port);
        if (version >= 1)
        {
            writer.String(null);
        }

        writer.Tags();
    }

    private static void WriteTopic(WireWriter writer, short version, Told topic)
    {
        writer.Error(topic.Error);
        writer.String(version >= 12 ? topic.Name : topic.Name ?? "");
        if (version >= 10)
        {
            writer.Uuid(topic.Id);
        }

        if (version >= 1)
        {
            writer.Bool(false);
        }

        writer.Array(topic.Partitions);
        for (var partition = 0; partition < topic.Partitions; partition++)
        {
            WritePartition(writer, version, partition);
        }

        if (version >= 8)
        {
            writer.Int32(NotAsked);
        }

        writer.Tags();
    }

    private static void WritePartition(WireWriter writer, short version, int partition)
    {
        writer.Error(ErrorCode.None);
        writer.Int32(partition);
        writer.Int32(BrokerContext.NodeId);
        if (version >= 7)
        {
            writer.Int32(-1);
        }

        for (var list = 0; list < 2; list++)
        {
            writer.Array(1);
            writer.Int32(BrokerContext.NodeId);
        }

        if (version >= 5)
        {
            writer.Array(0);
        }

        writer.Tags();
    }
}
