using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Retaining;

/// <summary>Figures of retention: <c>kp_retention_…</c>.</summary>
public sealed class RetentionMetrics : IDisposable
{
    private readonly Meter _meter = new("KpTelemetry.Processors.Retaining");
    private readonly Counter<long> _ended;
    private long _waiting;

    public RetentionMetrics()
    {
        _ended = _meter.CreateCounter<long>("kp_retention_keys_ended_total", description: "Keys ended, by purpose");
        _meter.CreateObservableGauge("kp_retention_keys_waiting", () => Interlocked.Read(ref _waiting), description: "Keys of days that live");
    }

    /// <summary>A key has ended.</summary>
    public void Ended(string purpose) => _ended.Add(1, new KeyValuePair<string, object?>("purpose", purpose));

    /// <summary>So many live on.</summary>
    public void Waiting(int keys) => Interlocked.Exchange(ref _waiting, keys);

    public void Dispose() => _meter.Dispose();
}

internal static partial class RetentionLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "the key {Key} has ended")]
    public static partial void Ended(ILogger logger, string key);

    [LoggerMessage(Level = LogLevel.Information, Message = "the key-encryption key was rotated")]
    public static partial void Rotated(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Rows} rows of the legal holds were not what the record says: somebody changed the table, and they were made anew")]
    public static partial void MendedHolds(ILogger logger, int rows);

    [LoggerMessage(Level = LogLevel.Warning, Message = "retention waits for a store ({Failure}) and looks again")]
    public static partial void Waits(ILogger logger, string failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "retention does not get on: {Failure} at {Place}")]
    public static partial void Failed(ILogger logger, string failure, string place);
}
