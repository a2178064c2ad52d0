using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Processors.Reading;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>A partition's log up to an offset: what comes after it is not read, so that the last block ends there.</summary>
internal sealed class SpanReading : IPartitionReading
{
    private const int Ahead = 32;

    private readonly Channel<LogRecord> _records = Channel.CreateBounded<LogRecord>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly IPartitionReading _inner;
    private readonly Task _reading;

    /// <param name="inner">Reads the log; owned.</param>
    /// <param name="end">The first offset that is not read; the record before it is in the log.</param>
    public SpanReading(IPartitionReading inner, long end)
    {
        (_inner, HighWatermark) = (inner, end);
        _reading = ReadAsync(end);
    }

    public ChannelReader<LogRecord> Records => _records.Reader;

    public long HighWatermark { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _inner.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ReadAsync(long end)
    {
        try
        {
            for (long next = 0; next < end;)
            {
                var record = await _inner.Records.ReadAsync(_stop.Token);
                next = record.Offset + 1;
                if (record.Offset < end)
                    await _records.Writer.WriteAsync(record, _stop.Token);
            }
        }
        catch (Exception failure)
        {
            _records.Writer.TryComplete(failure);
        }
    }
}
