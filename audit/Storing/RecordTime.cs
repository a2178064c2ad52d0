namespace KpTelemetry.Audit.Storing;

/// <summary>The time of entries: to the millisecond, as they are kept. A finer one would not open where it was sealed.</summary>
internal static class RecordTime
{
    /// <summary>Now, as an entry tells it.</summary>
    public static DateTimeOffset GetRecordNow(this TimeProvider time) => time.GetUtcNow().ToRecordTime();

    /// <summary>A time as an entry tells it.</summary>
    public static DateTimeOffset ToRecordTime(this DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}
