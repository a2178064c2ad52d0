using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Reading;

/// <summary>Partitions of a topic in Kafka.</summary>
internal sealed partial class KafkaSource(string bootstrap, string topic, ProcessorMetrics metrics, ILogger<KafkaSource> log) : IPartitionSource
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public long First(int partition) => PartitionLog.Bounds(bootstrap, topic, partition, Timeout).Low;

    public IPartitionReading Read(int partition, long offset)
    {
        var (low, _) = PartitionLog.Bounds(bootstrap, topic, partition, Timeout);
        // Retention deletes nothing that a replay starts from: somebody else did, and what is gone can be made up for by nobody.
        if (low > offset)
        {
            metrics.Lost(low - offset);
            LogLost(partition, low - offset, offset);
        }

        return new Reading(new PartitionLog(bootstrap, topic, partition, Math.Max(low, offset)));
    }

    [LoggerMessage(LogLevel.Error, "partition {Partition}: the log no longer has {Records} records from offset {Offset} on that counting needs; figures of the days they are of are wrong from here on. Let nothing but kp delete records of this topic (retention.ms=-1)")]
    private partial void LogLost(int partition, long records, long offset);

    private sealed class Reading(PartitionLog log) : IPartitionReading
    {
        public ChannelReader<LogRecord> Records => log.Records;

        public long HighWatermark => log.HighWatermark;

        public ValueTask DisposeAsync() => log.DisposeAsync();
    }
}
