using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Processors.Reading;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>A topic's partitions in memory.</summary>
internal sealed class MemoryLog(int partitions) : IPartitionSource
{
    private readonly List<byte[]>[] _records = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];

    public long Append(int partition, byte[] record)
    {
        _records[partition].Add(record);
        return _records[partition].Count - 1;
    }

    public long End(int partition) => _records[partition].Count;

    public long First(int partition) => 0;

    public IPartitionReading Read(int partition, long offset) => new Reading(_records[partition], offset);

    private sealed class Reading : IPartitionReading
    {
        private readonly Channel<LogRecord> _channel = Channel.CreateUnbounded<LogRecord>();

        public Reading(List<byte[]> records, long offset)
        {
            for (var at = (int)offset; at < records.Count; at++)
                _channel.Writer.TryWrite(new LogRecord(at, records[at]));
            HighWatermark = records.Count;
        }

        public ChannelReader<LogRecord> Records => _channel.Reader;

        public long HighWatermark { get; }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
