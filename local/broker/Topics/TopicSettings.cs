using System.Globalization;
using KpTelemetry.Local.Broker.Storage;

namespace KpTelemetry.Local.Broker.Topics;

/// <summary>The configuration that a topic was created with, over the broker's defaults.</summary>
internal sealed class TopicSettings
{
    public const string Retention = "retention.ms";
    public const string RetentionBytes = "retention.bytes";
    public const string SegmentBytes = "segment.bytes";
    public const string MaxMessageBytes = "max.message.bytes";
    public const string CleanupPolicy = "cleanup.policy";

    private static readonly (string Name, long Least, long Most)[] Numbers =
    [
        (Retention, -1, long.MaxValue / TimeSpan.TicksPerMillisecond),
        (RetentionBytes, -1, long.MaxValue),
        (SegmentBytes, 4096, int.MaxValue),
        (MaxMessageBytes, 1024, 16 * 1024 * 1024),
    ];

    private readonly IReadOnlyDictionary<string, string> _own;
    private readonly BrokerOptions _defaults;

    private TopicSettings(IReadOnlyDictionary<string, string> own, BrokerOptions defaults)
    {
        _own = own;
        _defaults = defaults;
    }

    /// <summary>What the topic itself sets.</summary>
    public IReadOnlyDictionary<string, string> Own => _own;

    public LogSettings Log => new(
        Value(Retention) is >= 0 and var ms ? TimeSpan.FromMilliseconds(ms) : null,
        Value(RetentionBytes) is >= 0 and var bytes ? bytes : null,
        Value(SegmentBytes),
        (int)Value(MaxMessageBytes));

    /// <summary>Checks what a topic's creator sets; the reason says what cannot be.</summary>
    public static TopicSettings? TryCreate(IReadOnlyDictionary<string, string> own, BrokerOptions defaults, out string? reason)
    {
        reason = own.Select(setting => WhatIsWrong(setting.Key, setting.Value)).FirstOrDefault(r => r is not null);
        return reason is null ? new TopicSettings(own, defaults) : null;
    }

    /// <summary>Every setting: its name, the value in force, and whether the topic itself sets it.</summary>
    public IEnumerable<(string Name, string Value, bool IsOwn)> All() =>
        Numbers.Select(n => (n.Name, Value(n.Name).ToString(CultureInfo.InvariantCulture), _own.ContainsKey(n.Name)))
            .Append((CleanupPolicy, "delete", _own.ContainsKey(CleanupPolicy)));

    private static string? WhatIsWrong(string name, string value)
    {
        if (name == CleanupPolicy)
        {
            return value == "delete" ? null : "this broker does not compact: cleanup.policy is delete";
        }

        if (Numbers.FirstOrDefault(n => n.Name == name) is not { Name: not null } number)
        {
            return "this broker knows " + string.Join(", ", Numbers.Select(n => n.Name)) + " and " + CleanupPolicy;
        }

        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            && parsed >= number.Least && parsed <= number.Most
                ? null
                : $"{number.Name} lies between {number.Least} and {number.Most}";
    }

    private long Value(string name) =>
        _own.TryGetValue(name, out var own) ? long.Parse(own, CultureInfo.InvariantCulture) : Default(name);

    private long Default(string name) => name switch
    {
        Retention => (long?)_defaults.Retention?.TotalMilliseconds ?? -1,
        RetentionBytes => _defaults.RetentionBytes ?? -1,
        SegmentBytes => _defaults.SegmentBytes,
        _ => _defaults.MaxBatchBytes,
    };
}
