using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;

namespace KpTelemetry.Processors.Reading;

/// <summary>Partitions of a topic in Kafka.</summary>
internal sealed class KafkaSource(string bootstrap, string topic) : IPartitionSource
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public IPartitionReading Read(int partition, long offset)
    {
        var (low, _) = PartitionLog.Bounds(bootstrap, topic, partition, Timeout);
        return new Reading(new PartitionLog(bootstrap, topic, partition, Math.Max(low, offset)));
    }

    private sealed class Reading(PartitionLog log) : IPartitionReading
    {
        public ChannelReader<LogRecord> Records => log.Records;

        public long HighWatermark => log.HighWatermark;

        public ValueTask DisposeAsync() => log.DisposeAsync();
    }
}
