using System.Buffers.Binary;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Platform.Kafka;

/// <summary>A topic as the broker knows it. The id differs when a topic of the same name is made anew.</summary>
public sealed record TopicIdentity(Guid Id, string Name, int Partitions);

/// <summary>Kafka does not answer, or refuses.</summary>
/// <param name="code">Kafka's name of the error.</param>
/// <param name="inner">As the client told it.</param>
public sealed class KafkaUnavailableException(string code, Exception inner) : Exception($"Kafka does not do it: {code}", inner);

/// <summary>Makes topics and tells their identity.</summary>
public static class TopicCatalog
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The topic, made with that number of partitions where there is none yet: several processes may do so at once.
    /// Throws <see cref="KafkaUnavailableException"/> when the broker does not answer within ten seconds, or refuses.
    /// </summary>
    public static async Task<TopicIdentity> EnsureAsync(string bootstrap, string name, int partitions, CancellationToken cancellation)
    {
        try
        {
            return await FindOrCreateAsync(bootstrap, name, partitions, cancellation);
        }
        catch (KafkaException exception)
        {
            throw new IOException($"the broker does not give the topic ({exception.Error.Code})", exception);
        }
    }

    private static async Task<TopicIdentity> FindOrCreateAsync(string bootstrap, string name, int partitions, CancellationToken cancellation)
    {
        try
        {
            return await MakeAsync(bootstrap, name, partitions, cancellation);
        }
        catch (KafkaException problem)
        {
            throw new KafkaUnavailableException(problem.Error.Code.ToString(), problem);
        }
    }

    private static async Task<TopicIdentity> MakeAsync(string bootstrap, string name, int partitions, CancellationToken cancellation)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap, SocketKeepaliveEnable = true })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        await CreateAsync(admin, name, partitions).WaitAsync(cancellation);
        var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([name]), new DescribeTopicsOptions { RequestTimeout = Timeout }).WaitAsync(cancellation);
        var topic = described.TopicDescriptions[0];
        if (topic.Error.IsError)
            throw new KafkaException(topic.Error);
        return new TopicIdentity(IdOf(topic.TopicId), name, topic.Partitions.Count);
    }

    // Kept until somebody deletes records who has asked whether everything is done with them.
    private static async Task CreateAsync(IAdminClient admin, string name, int partitions)
    {
        try
        {
            await admin.CreateTopicsAsync(
                [new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = -1, Configs = new(StringComparer.Ordinal) { ["retention.ms"] = "-1", ["retention.bytes"] = "-1" } }],
                new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout });
        }
        catch (CreateTopicsException exception) when (exception.Results.TrueForAll(result => result.Error.Code is ErrorCode.TopicAlreadyExists or ErrorCode.NoError))
        {
            // Somebody else was first, which is as good.
        }
    }

    private static Guid IdOf(Uuid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }
}
