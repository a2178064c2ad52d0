using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Moves partitions' starts forward; what lies before is gone for readers at once, from disk by whole segments.</summary>
internal static class DeleteRecords
{
    private readonly record struct Part(string Topic, int Partition, long Offset);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var parts) ? Answer(request, parts) : Reply.Malformed);

    private static bool TryParse(Request request, out List<Part> parts)
    {
        var reader = request.Read();
        parts = [];
        for (var topics = reader.Array(6); topics > 0; topics--)
        {
            var topic = reader.String();
            for (var partitions = reader.Array(12); partitions > 0; partitions--)
            {
                parts.Add(new Part(topic, reader.Int32(), reader.Int64()));
                reader.Tags();
            }

            reader.Tags();
        }

        reader.Int32();
        reader.Tags();
        return !reader.Failed;
    }

    private static Reply Answer(Request request, List<Part> parts)
    {
        var writer = request.Respond();
        writer.Int32(0);
        var topics = parts.GroupBy(p => p.Topic, StringComparer.Ordinal).ToList();
        writer.Array(topics.Count);
        foreach (var topic in topics)
        {
            writer.String(topic.Key);
            writer.Array(topic.Count());
            foreach (var part in topic)
            {
                var (error, start) = Delete(request.Broker, part);
                writer.Int32(part.Partition);
                writer.Int64(start);
                writer.Error(error);
                writer.Tags();
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static (ErrorCode Error, long Start) Delete(BrokerContext broker, Part part)
    {
        try
        {
            return broker.Topics.Find(part.Topic)?.Partition(part.Partition)?.DeleteBefore(part.Offset)
                ?? (ErrorCode.UnknownTopicOrPartition, -1);
        }
        catch (IOException)
        {
            return (ErrorCode.KafkaStorageError, -1);
        }
    }
}
