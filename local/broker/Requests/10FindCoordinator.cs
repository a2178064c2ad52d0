using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells who coordinates a group: this broker. For transactions there is nobody.</summary>
internal static class FindCoordinator
{
    private const int GroupKey = 0;

    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        reader.String();
        var isGroup = request.Version < 1 || reader.Int8() == GroupKey;
        return new(reader.Failed ? Reply.Malformed : Answer(request, isGroup));
    }

    private static Reply Answer(Request request, bool isGroup)
    {
        var writer = request.Respond();
        if (request.Version >= 1)
        {
            writer.Int32(0);
        }

        writer.Error(isGroup ? ErrorCode.None : ErrorCode.TransactionalIdAuthorizationFailed);
        if (request.Version >= 1)
        {
            writer.String(isGroup ? null : Refusals.NoTransactions);
        }

        writer.Int32(isGroup ? BrokerContext.NodeId : -1);
        writer.String(isGroup ? BrokerContext.Host : "");
        writer.Int32(isGroup ? request.Broker.Port : -1);
        return writer;
    }
}
