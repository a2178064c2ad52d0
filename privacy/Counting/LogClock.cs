using System.Buffers.Binary;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// Log time of a partition: which instances of ingest send, up to when each has sent everything, and which of their
/// groups have been seen. Neither the watermark nor the revision of the policy ever goes back.
/// </summary>
internal sealed class LogClock
{
    // An instance that is silent for this long, by the others' stamps, holds the watermark no longer.
    private const long SilentMs = 5 * 60 * 1000;
    // A group that a spool kept for longer than this would not be known as a repeat.
    private const long ForgottenMs = 14L * 24 * 60 * 60 * 1000;

    private readonly SortedDictionary<UInt128, Instance> _instances = [];
    private long _latestMs;

    /// <summary>Up to when every sending instance has sent everything, milliseconds of Unix time; 0 before the first group.</summary>
    public long WatermarkMs { get; private set; }

    /// <summary>The latest revision of the policy that the log has told of, by name; empty before the first event.</summary>
    public string Policy { get; private set; } = "";

    /// <summary>Takes note of a revision. False where it is not later than those before.</summary>
    public bool Meet(string policy)
    {
        if (string.CompareOrdinal(policy, Policy) <= 0)
            return false;
        Policy = policy;
        return true;
    }

    /// <summary>Takes note of a group. False when it has been seen before: a producer's retry, to be skipped whole.</summary>
    public bool Observe(GroupHeader header)
    {
        var id = BinaryPrimitives.ReadUInt128BigEndian(header.Instance.Span);
        if (!_instances.TryGetValue(id, out var instance))
            _instances.Add(id, instance = new Instance());
        if (instance.Sequences.Contains((long)header.Sequence))
            return false;
        instance.Sequences.Add((long)header.Sequence, (long)header.Sequence + 1);
        instance.SentThroughMs = Math.Max(instance.SentThroughMs, header.ReceivedToMs);
        instance.IsGone = header.Kind == GroupKind.Farewell;
        Advance();
        return true;
    }

    private void Advance()
    {
        foreach (var instance in _instances.Values)
            _latestMs = Math.Max(_latestMs, instance.SentThroughMs);
        var least = long.MaxValue;
        foreach (var instance in _instances.Values)
        {
            if (!instance.IsGone && instance.SentThroughMs >= _latestMs - SilentMs)
                least = Math.Min(least, instance.SentThroughMs);
        }

        if (least != long.MaxValue)
            WatermarkMs = Math.Max(WatermarkMs, least);
        foreach (var id in _instances.Where(pair => pair.Value.SentThroughMs < _latestMs - ForgottenMs).Select(pair => pair.Key).ToArray())
            _instances.Remove(id);
    }

    /// <summary>The clock as bytes, to go on from.</summary>
    public byte[] Save()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(WatermarkMs);
        writer.Write(_latestMs);
        writer.Write(_instances.Count);
        foreach (var (id, instance) in _instances)
        {
            writer.Write((ulong)(id >> 64));
            writer.Write((ulong)id);
            instance.Save(writer);
        }

        writer.Write(Policy);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The clock that was saved; a new one from no bytes.</summary>
    public static LogClock Load(byte[] saved)
    {
        var clock = new LogClock();
        if (saved.Length == 0)
            return clock;
        using var reader = new BinaryReader(new MemoryStream(saved, writable: false));
        (clock.WatermarkMs, clock._latestMs) = (reader.ReadInt64(), reader.ReadInt64());
        for (var count = reader.ReadInt32(); count > 0; count--)
            clock._instances.Add(new UInt128(reader.ReadUInt64(), reader.ReadUInt64()), Instance.Load(reader));
        // Clocks that were saved before revisions were in them end here.
        if (reader.BaseStream.Position < saved.Length)
            clock.Policy = reader.ReadString();
        return clock;
    }

    private sealed class Instance
    {
        public long SentThroughMs { get; set; }
        public bool IsGone { get; set; }
        public IntervalSet Sequences { get; } = new();

        public void Save(BinaryWriter writer)
        {
            writer.Write(SentThroughMs);
            writer.Write(IsGone);
            writer.Write(Sequences.Intervals.Count);
            foreach (var interval in Sequences.Intervals)
            {
                writer.Write(interval.From);
                writer.Write(interval.To);
            }
        }

        public static Instance Load(BinaryReader reader)
        {
            var instance = new Instance { SentThroughMs = reader.ReadInt64(), IsGone = reader.ReadBoolean() };
            for (var count = reader.ReadInt32(); count > 0; count--)
                instance.Sequences.Add(reader.ReadInt64(), reader.ReadInt64());
            return instance;
        }
    }
}
