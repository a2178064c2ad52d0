using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Broker.Tests;

/// <summary>Confluent.Kafka clients as the tests want them.</summary>
internal static class Clients
{
    /// <summary>How long what happens may take: a bound for a busy machine, behind which lies a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static IProducer<byte[]?, byte[]> Producer(string servers, Action<ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = servers, Acks = Acks.All, EnableIdempotence = true, LingerMs = 2 };
        change?.Invoke(config);
        return new ProducerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public static IConsumer<byte[]?, byte[]> Consumer(string servers, string group, Action<ConsumerConfig>? change = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            SessionTimeoutMs = 30_000,
            HeartbeatIntervalMs = 200,
            FetchWaitMaxMs = 100,
        };
        change?.Invoke(config);
        return new ConsumerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public static IAdminClient Admin(string servers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();

    public static async Task CreateTopicAsync(string servers, string topic, int partitions = 1, Dictionary<string, string>? settings = null)
    {
        using var admin = Admin(servers);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = settings }]);
    }

    /// <summary>Everything a topic holds, partition by partition, in order.</summary>
    public static List<ConsumeResult<byte[]?, byte[]>> ReadAll(string servers, string topic, int partitions = 1)
    {
        using var consumer = Consumer(servers, "read-all", c => c.EnablePartitionEof = true);
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var (read, ended) = (new List<ConsumeResult<byte[]?, byte[]>>(), 0);
        while (ended < partitions)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException("the topic did not come to its end");
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                read.Add(result);
            }
        }

        return read;
    }
}
