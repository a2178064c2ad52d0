using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells who coordinates groups: this broker. For transactions there is nobody.</summary>
internal static class FindCoordinator
{
    private const short FirstWithManyKeys = 4;
    private const int GroupKey = 0;

    public static ValueTask<Reply> HandleAsync(Request request) =>
        new(TryParse(request, out var isGroup, out var keys) ? Answer(request, isGroup, keys) : Reply.Malformed);

    private static bool TryParse(Request request, out bool isGroup, out List<string> keys)
    {
        var reader = request.Read();
        var version = request.Version;
        keys = [];
        if (version < FirstWithManyKeys)
        {
            keys.Add(reader.String());
        }

        isGroup = version < 1 || reader.Int8() == GroupKey;
        if (version >= FirstWithManyKeys)
        {
            for (var count = reader.Array(1); count > 0; count--)
            {
                keys.Add(reader.String());
            }
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static Reply Answer(Request request, bool isGroup, List<string> keys)
    {
        var (writer, version) = (request.Respond(), request.Version);
        if (version >= 1)
        {
            writer.Int32(0);
        }

        if (version < FirstWithManyKeys)
        {
            WriteError(writer, version, isGroup);
            WriteNode(writer, request.Broker, isGroup);
        }
        else
        {
            writer.Array(keys.Count);
            foreach (var key in keys)
            {
                writer.String(key);
                WriteNode(writer, request.Broker, isGroup);
                WriteError(writer, version, isGroup);
                writer.Tags();
            }
        }

        writer.Tags();
        return writer;
    }

    private static void WriteError(WireWriter writer, short version, bool isGroup)
    {
        writer.Error(isGroup ? ErrorCode.None : ErrorCode.TransactionalIdAuthorizationFailed);
        if (version >= 1)
        {
            writer.String(isGroup ? null : Refusals.NoTransactions);
        }
    }

    private static void WriteNode(WireWriter writer, BrokerContext broker, bool isGroup)
    {
        writer.Int32(isGroup ? BrokerContext.NodeId : -1);
        writer.String(isGroup ? BrokerContext.Host : "");
        writer.Int32(isGroup ? broker.Port : -1);
    }
}
