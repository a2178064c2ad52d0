using System.Threading.Channels;
using Confluent.Kafka;

namespace KpTelemetry.Platform.Kafka;

/// <summary>A record of a partition.</summary>
public readonly record struct LogRecord(long Offset, ReadOnlyMemory<byte> Value);

/// <summary>
/// Reads one partition from an offset that the reader chooses, ahead of whoever takes the records, up to a bound: what
/// is not taken stays in Kafka. Has nothing to do with consumer groups.
/// </summary>
public sealed class PartitionLog : IAsyncDisposable
{
    // Records are at most 512 KiB; together with librdkafka's own queue this bounds a partition's memory to some 32 MiB.
    private const int RecordsAhead = 32;
    private const int QueuedKbytes = 16 * 1024;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private readonly Channel<LogRecord> _records = Channel.CreateBounded<LogRecord>(new BoundedChannelOptions(RecordsAhead) { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly TopicPartition _partition;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Task _reading;

    /// <summary>Starts to read <paramref name="partition"/> of <paramref name="topic"/> at <paramref name="offset"/>.</summary>
    public PartitionLog(string bootstrap, string topic, int partition, long offset)
    {
        _partition = new TopicPartition(topic, partition);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(Configuration(bootstrap)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        _consumer.Assign(new TopicPartitionOffset(_partition, offset));
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>
    /// The records in order. Ends with <see cref="IOException"/> where the log cannot be read on, such as when
    /// retention took the offset; a broker that is away is waited for.
    /// </summary>
    public ChannelReader<LogRecord> Records => _records.Reader;

    /// <summary>The offset after the newest record that the broker told of, or -1.</summary>
    public long HighWatermark => _consumer.GetWatermarkOffsets(_partition).High.Value;

    /// <summary>Offsets of the first record that the broker has, and after the last. Throws <see cref="IOException"/> when the broker does not tell in time.</summary>
    public static (long Low, long High) Bounds(string bootstrap, string topic, int partition, TimeSpan timeout)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(Configuration(bootstrap)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            var bounds = consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), timeout);
            return (bounds.Low.Value, bounds.High.Value);
        }
        catch (KafkaException exception)
        {
            throw new IOException($"the broker does not tell a partition's bounds ({exception.Error.Code})", exception);
        }
    }

    /// <summary>The offset after the last record; null when the broker does not tell it in time.</summary>
    public static long? EndOrNull(string bootstrap, string topic, int partition, TimeSpan timeout)
    {
        try
        {
            return Bounds(bootstrap, topic, partition, timeout).High;
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>
    /// The offset of the first record that was written at that time or later; <see cref="long.MaxValue"/> where there is
    /// none. Throws <see cref="IOException"/> when the broker does not tell in time.
    /// </summary>
    public static long OffsetFrom(string bootstrap, string topic, int partition, DateTimeOffset time, TimeSpan timeout)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(Configuration(bootstrap)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            var wanted = new TopicPartitionTimestamp(topic, partition, new Timestamp(Math.Max(0, time.ToUnixTimeMilliseconds()), TimestampType.CreateTime));
            var found = consumer.OffsetsForTimes([wanted], timeout)[0].Offset;
            return found.IsSpecial ? long.MaxValue : found.Value;
        }
        catch (KafkaException exception)
        {
            throw new IOException($"the broker does not tell an offset by its time ({exception.Error.Code})", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                // An offset that the log does not have ends the reading: to go on elsewhere would lose or repeat events.
                if (_consumer.Consume(Wait) is { Message: { } message } result)
                    Write(new LogRecord(result.Offset.Value, message.Value));
            }

            _records.Writer.Complete();
        }
        catch (KafkaException exception)
        {
            _records.Writer.Complete(new IOException($"the log cannot be read on ({exception.Error.Code})", exception));
        }
        catch (OperationCanceledException stopped)
        {
            _records.Writer.Complete(stopped);
        }
    }

    private void Write(in LogRecord record)
    {
        if (!_records.Writer.TryWrite(record))
            _records.Writer.WriteAsync(record, _stop.Token).AsTask().GetAwaiter().GetResult();
    }

    private static ConsumerConfig Configuration(string bootstrap) => new()
    {
        BootstrapServers = bootstrap,
        // The client demands a name; nothing is joined and nothing committed under it.
        GroupId = "kp-partition-log",
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Error,
        QueuedMaxMessagesKbytes = QueuedKbytes,
        FetchWaitMaxMs = 100,
        FetchMinBytes = 1,
        SocketKeepaliveEnable = true,
        AllowAutoCreateTopics = false,
    };
}
