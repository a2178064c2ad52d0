using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Deletes topics with all that they hold.</summary>
internal static class DeleteTopics
{
    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var names = new List<string>();
        for (var count = reader.Array(1); count > 0; count--)
        {
            names.Add(reader.String());
        }

        reader.Int32();
        reader.Tags();
        return new(reader.Failed ? Reply.Malformed : Answer(request, names));
    }

    private static Reply Answer(Request request, List<string> names)
    {
        var writer = request.Respond();
        if (request.Version >= 1)
        {
            writer.Int32(0);
        }

        writer.Array(names.Count);
        foreach (var name in names)
        {
            writer.String(name);
            writer.Error(Delete(request.Broker, name));
            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static ErrorCode Delete(BrokerContext broker, string name)
    {
        if (broker.Topics.Find(name) is not { } topic || !broker.Topics.Delete(name))
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        broker.Groups.Offsets.ForgetTopic(topic.Id);
        return ErrorCode.None;
    }
}
