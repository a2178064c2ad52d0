using KpTelemetry.Local.Broker.Net;
using KpTelemetry.Local.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Reads a request's header and hands it to its handler.</summary>
internal static partial class Dispatcher
{
    public static ValueTask<Reply> AnswerAsync(Frame frame, BrokerContext broker, CancellationToken closing)
    {
        if (!ApiTable.All.TryGetValue(frame.Key, out var api))
        {
            return new(new Reply(null, "a request's key"));
        }

        if (frame.Version < api.Least || frame.Version > api.Most)
        {
            return new(api.Key == ApiKey.ApiVersions
                ? ApiVersions.Refuse(frame.CorrelationId)
                : new Reply(null, "a request's version"));
        }

        LogAsked(broker.Log, api.Key, frame.Version);
        return ReadHeader(frame, api, out var clientId, out var bodyAt)
            ? api.Handle(new Request(api, frame.Version, frame.CorrelationId, clientId, frame.Body[bodyAt..], broker, closing))
            : new(Reply.Malformed);
    }

    // The client's id keeps its old form in every version of the header; only the tags after it are newer.
    private static bool ReadHeader(Frame frame, Api api, out string clientId, out int bodyAt)
    {
        var reader = new WireReader(frame.Body.Span, flexible: false);
        clientId = reader.NullableString() ?? "";
        reader.Flexible = frame.Version >= api.FlexibleFrom;
        reader.Tags();
        bodyAt = reader.Position;
        return !reader.Failed;
    }

    [LoggerMessage(EventName = "Asked", Level = LogLevel.Trace, Message = "{Key} v{Version}")]
    private static partial void LogAsked(ILogger log, ApiKey key, short version);
}
