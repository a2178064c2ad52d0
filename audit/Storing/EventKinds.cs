using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;

namespace KpTelemetry.Audit.Storing;

/// <summary>The kinds of events as stored and asked for. A name is never reused for another meaning.</summary>
public static class EventKinds
{
    private static readonly IReadOnlyDictionary<Type, string> ByType = new Dictionary<Type, string>
    {
        [typeof(ServiceAccessed)] = "service-accessed",
        [typeof(SignedOn)] = "signed-on",
        [typeof(SignOnFailed)] = "sign-on-failed",
        [typeof(SignedOff)] = "signed-off",
        [typeof(StaffQueried)] = "staff-queried",
        [typeof(KeyEnded)] = "key-ended",
        [typeof(PolicyPublished)] = "policy-published",
    };

    /// <summary>Every kind there is.</summary>
    public static IReadOnlyCollection<string> All { get; } = ByType.Values.Order(StringComparer.Ordinal).ToArray();

    internal static IEnumerable<KeyValuePair<Type, string>> Types => ByType;

    internal static string Of(RecordedEvent recorded) => ByType[recorded.GetType()];
}
