using Google.Protobuf;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Log time of a partition, as simply as can be: up to when every instance that still sends has sent everything.</summary>
internal sealed class SimpleClock
{
    private readonly HashSet<(ByteString Instance, ulong Sequence)> _groups = [];
    private readonly Dictionary<ByteString, (long SentMs, bool IsGone)> _instances = [];

    public long WatermarkMs { get; private set; }

    /// <summary>Takes note of a group; false where it was there before.</summary>
    public bool Observe(GroupHeader header)
    {
        if (!_groups.Add((header.Instance, header.Sequence)))
            return false;
        var sent = _instances.GetValueOrDefault(header.Instance).SentMs;
        _instances[header.Instance] = (Math.Max(sent, header.ReceivedToMs), header.Kind == GroupKind.Farewell);
        var latest = _instances.Values.Max(instance => instance.SentMs);
        var sending = _instances.Values.Where(instance => !instance.IsGone && instance.SentMs >= latest - (5 * 60_000)).ToArray();
        if (sending.Length > 0)
            WatermarkMs = Math.Max(WatermarkMs, sending.Min(instance => instance.SentMs));
        return true;
    }
}
