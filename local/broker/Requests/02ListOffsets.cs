using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Finds a partition's first offset, its end, or the first record that is not earlier than a time.</summary>
internal static class ListOffsets
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;

    private readonly record struct Part(string Topic, int Partition, long Timestamp);

    private readonly record struct Found(ErrorCode Error, long Timestamp, long Offset);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var parts) ? Answer(request, parts) : Reply.Malformed);

    private static bool TryParse(Request request, out List<Part> parts)
    {
        var reader = request.Read();
        var version = request.Version;
        reader.Int32();
        if (version >= 2)
        {
            reader.Int8();
        }

        parts = [];
        for (var topics = reader.Array(6); topics > 0; topics--)
        {
            var topic = reader.String();
            for (var partitions = reader.Array(12); partitions > 0; partitions--)
            {
                var partition = reader.Int32();
                if (version >= 4)
                {
                    reader.Int32();
                }

                parts.Add(new Part(topic, partition, reader.Int64()));
                reader.Tags();
            }

            reader.Tags();
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static Reply Answer(Request request, List<Part> parts)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 2)
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
                Write(writer, version, part.Partition, Find(request.Broker.Topics.Find(topic.Key)?.Partition(part.Partition), part.Timestamp));
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static Found Find(PartitionLog? log, long timestamp)
    {
        if (log is null)
        {
            return new Found(ErrorCode.UnknownTopicOrPartition, -1, -1);
        }

        return timestamp switch
        {
            Latest => new Found(ErrorCode.None, -1, log.Bounds.HighWatermark),
            Earliest => new Found(ErrorCode.None, -1, log.Bounds.Start),
            MaxTimestamp => ToFound(log.FindLatest()),
            < 0 => new Found(ErrorCode.InvalidRequest, -1, -1),
            _ => ToFound(log.FindByTime(timestamp)),
        };
    }

    private static Found ToFound((long Offset, long Timestamp)? record) =>
        record is { } found ? new Found(ErrorCode.None, found.Timestamp, found.Offset) : new Found(ErrorCode.None, -1, -1);

    private static void Write(WireWriter writer, short version, int partition, Found found)
    {
        writer.Int32(partition);
        writer.Error(found.Error);
        writer.Int64(found.Timestamp);
        writer.Int64(found.Offset);
        if (version >= 4)
        {
            writer.Int32(-1);
        }

        writer.Tags();
    }
}
