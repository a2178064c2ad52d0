namespace KpTelemetry.Local.Broker.Storage;

/// <summary>What a topic says about its partitions' logs.</summary>
/// <param name="Retention">How long a batch is kept after it came; null for ever.</param>
/// <param name="RetentionBytes">How many bytes a partition keeps; null for any number.</param>
/// <param name="SegmentBytes">At which size a segment ends.</param>
/// <param name="MaxBatchBytes">The largest batch taken.</param>
internal sealed record LogSettings(TimeSpan? Retention, long? RetentionBytes, long SegmentBytes, int MaxBatchBytes)
{
    /// <summary>At which age a segment ends, so that a partition with little traffic still forgets in time.</summary>
    public TimeSpan? SegmentAge => Retention / 8;

    /// <summary>The largest size of a segment: small beside what is kept, since whole segments are dropped.</summary>
    public long EffectiveSegmentBytes =>
        RetentionBytes is { } kept ? Math.Clamp(kept / 8, Math.Min(SegmentBytes, 64 * 1024), SegmentBytes) : SegmentBytes;
}
