using System.Threading.Channels;
using KpTelemetry.Platform.Kafka;

namespace KpTelemetry.Processors.Reading;

/// <summary>Where a partition's records come from: Kafka, or a test's own log.</summary>
public interface IPartitionSource
{
    /// <summary>The first offset that the log has.</summary>
    long First(int partition);

    /// <summary>Starts reading at an offset; where the log no longer has it, at the first that it has.</summary>
    IPartitionReading Read(int partition, long offset);
}

/// <summary>Records of one partition, read ahead up to a bound.</summary>
public interface IPartitionReading : IAsyncDisposable
{
    ChannelReader<LogRecord> Records { get; }

    /// <summary>The offset after the newest known record, or a negative number where none is known.</summary>
    long HighWatermark { get; }
}
