using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Platform.Kafka;

/// <summary>Deletes records from a partition's start on.</summary>
public static class RecordDeletion
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Moves the start of partitions to the given offsets; one that starts later already stays. Throws <see cref="IOException"/> when the broker refuses, <see cref="TimeoutException"/> when it does not do it in time: of a topic that it does not know, for one.</summary>
    public static async Task DeleteBeforeAsync(string bootstrap, string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation)
    {
        if (offsets.Count == 0)
            return;
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap, SocketKeepaliveEnable = true })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            await admin.DeleteRecordsAsync(
                offsets.Select(offset => new TopicPartitionOffset(topic, offset.Key, offset.Value)),
                new DeleteRecordsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout }).WaitAsync(2 * Timeout, cancellation);
        }
        catch (KafkaException problem)
        {
            throw new IOException($"the broker does not delete records ({problem.Error.Code})", problem);
        }
    }
}
