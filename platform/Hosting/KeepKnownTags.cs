using System.Collections.Frozen;
using System.Diagnostics;
using OpenTelemetry;

namespace KpTelemetry.Platform.Hosting;

/// <summary>
/// Keeps of a span what cannot identify a person (invariant 1): tags of a closed list. Instrumentation copies addresses,
/// paths, agents and even methods from requests, and what it copies grows with its versions; an exception's message may
/// quote what was sent.
/// </summary>
internal sealed class KeepKnownTags : BaseProcessor<Activity>
{
    private const string ExceptionEvent = "exception";

    private static readonly FrozenSet<string> Known = new[]
    {
        "http.request.method", "http.response.status_code", "http.route", "url.scheme", "network.protocol.name", "network.protocol.version", "error.type",
        "db.system", "db.system.name", "db.name", "db.namespace", "db.operation.name", "db.response.status_code", "db.statement", "db.query.text", "otel.status_code",
    }.ToFrozenSet(StringComparer.Ordinal);

    public override void OnEnd(Activity data)
    {
        foreach (var tag in data.TagObjects.Where(tag => !Known.Contains(tag.Key)).Select(tag => tag.Key).ToArray())
            data.SetTag(tag, null);
        // Its description would be the exception's message.
        data.SetStatus(data.Status);
        // Events cannot be taken out of a span; one that tells an exception is not exported.
        if (data.Events.Any(one => one.Name == ExceptionEvent))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
