using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Deletes topics with all that they hold, by name or by id.</summary>
internal static class DeleteTopics
{
    private const short FirstWithIds = 6;

    private readonly record struct Doomed(string? Name, Guid Id);

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var doomed) ? Answer(request, doomed) : Reply.Malformed);

    private static bool TryParse(Request request, out List<Doomed> doomed)
    {
        var reader = request.Read();
        doomed = [];
        for (var count = reader.Array(request.Version >= FirstWithIds ? 17 : 1); count > 0; count--)
        {
            if (request.Version >= FirstWithIds)
            {
                doomed.Add(new Doomed(reader.NullableString(), reader.Uuid()));
                reader.Tags();
            }
            else
            {
                doomed.Add(new Doomed(reader.String(), default));
            }
        }

        reader.Int32();
        reader.Tags();
        return !reader.Failed;
    }

    private static Reply Answer(Request request, List<Doomed> doomed)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 1)
        {
            writer.Int32(0);
        }

        writer.Array(doomed.Count);
        foreach (var topic in doomed)
        {
            var (name, id, error) = Delete(request.Broker, topic);
            writer.String(name);
            if (version >= FirstWithIds)
            {
                writer.Uuid(id);
            }

            writer.Error(error);
            if (version >= 5)
            {
                writer.String(null);
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static (string? Name, Guid Id, ErrorCode Error) Delete(BrokerContext broker, Doomed doomed)
    {
        var topic = doomed.Name is null ? broker.Topics.Find(doomed.Id) : broker.Topics.Find(doomed.Name);
        if (topic is null || !broker.Topics.Delete(topic.Name))
        {
            return (doomed.Name, doomed.Id, doomed.Name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        }

        broker.Groups.Offsets.ForgetTopic(topic.Id);
        return (topic.Name, topic.Id, ErrorCode.None);
    }
}
