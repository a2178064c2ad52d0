using System.Buffers.Binary;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Platform.Kafka;

/// <summary>A topic as the broker has it.</summary>
/// <param name="Id">A topic that is deleted and made anew has another id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">How many partitions it has.</param>
public sealed record KafkaTopic(Guid Id, string Name, int Partitions);

/// <summary>Kafka does not answer, or refuses.</summary>
/// <param name="code">Kafka's name of the error.</param>
/// <param name="inner">As the client told it.</param>
public sealed class KafkaUnavailableException(string code, Exception inner) : Exception($"Kafka does not do it: {code}", inner);

/// <summary>Makes topics where they are missing.</summary>
public static class KafkaTopics
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The topic of that name, made with so many partitions where there is none. Several services may call this at once.
    /// </summary>
    /// <exception cref="KafkaUnavailableException">The broker does not answer, or refuses.</exception>
    public static async Task<KafkaTopic> EnsureAsync(string servers, string name, int partitions, TimeSpan retention, CancellationToken cancellation)
    {
        try
        {
            return await FindOrCreateAsync(servers, name, partitions, retention, cancellation);
        }
        catch (KafkaException problem)
        {
            throw new KafkaUnavailableException(problem.Error.Code.ToString(), problem);
        }
    }

    private static async Task<KafkaTopic> FindOrCreateAsync(string servers, string name, int partitions, TimeSpan retention, CancellationToken cancellation)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers, SocketTimeoutMs = (int)Patience.TotalMilliseconds })
            .SetLogHandler(static (_, _) => { })
            .SetErrorHandler(static (_, _) => { })
            .Build();
        if (await FindAsync(admin, name) is { } there)
            return there;
        cancellation.ThrowIfCancellationRequested();
        await CreateAsync(admin, name, partitions, retention);
        return await FindAsync(admin, name) ?? throw new KafkaException(ErrorCode.UnknownTopicOrPart);
    }

    private static async Task CreateAsync(IAdminClient admin, string name, int partitions, TimeSpan retention)
    {
        var topic = new TopicSpecification
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = -1,
            Configs = new(StringComparer.Ordinal) { ["retention.ms"] = ((long)retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) },
        };
        try
        {
            await admin.CreateTopicsAsync([topic], new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        }
        catch (CreateTopicsException problem) when (problem.Results is [{ Error.Code: ErrorCode.TopicAlreadyExists }])
        {
            // Another service came first: its topic is as good.
            return;
        }
    }

    private static async Task<KafkaTopic?> FindAsync(IAdminClient admin, string name)
    {
        try
        {
            var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([name]), new DescribeTopicsOptions { RequestTimeout = Patience });
            var topic = described.TopicDescriptions[0];
            return new KafkaTopic(IdOf(topic.TopicId), name, topic.Partitions.Count);
        }
        catch (DescribeTopicsException problem) when (problem.Results.TopicDescriptions is [{ Error.Code: ErrorCode.UnknownTopicOrPart }])
        {
            return null;
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
