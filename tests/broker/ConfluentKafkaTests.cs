using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KpTelemetry.Local.Broker;

namespace KpTelemetry.Broker.Tests;

public sealed class ConfluentKafkaTests : IAsyncLifetime
{
    private readonly TestHome _home = new();
    private KafkaBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _home });

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _home.Dispose();
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task What_is_produced_with_a_codec_is_consumed_in_order_and_whole(CompressionType codec)
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
        using (var producer = Clients.Producer(_broker.BootstrapServers, c => c.CompressionType = codec))
        {
            var sent = Enumerable.Range(0, 2000).Select(i => producer.ProduceAsync("t", Message(i)));
            Assert.All(await Task.WhenAll(sent), r => Assert.Equal(PersistenceStatus.Persisted, r.Status));
        }

        var read = Clients.ReadAll(_broker.BootstrapServers, "t");
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"value {i}"), read.Select(r => Encoding.UTF8.GetString(r.Message.Value)));
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), read.Select(r => r.Offset.Value));
        Assert.Equal("h 7", Encoding.UTF8.GetString(read[7].Message.Headers.GetLastBytes("h")));
    }

    [Fact]
    public async Task A_record_of_half_a_megabyte_travels_whole()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
        var large = new byte[500_000];
        new Random(1).NextBytes(large);
        using var producer = Clients.Producer(_broker.BootstrapServers);
        for (var i = 0; i < 10; i++)
        {
            await producer.ProduceAsync("t", new Message<byte[]?, byte[]> { Value = large });
        }

        Assert.All(Clients.ReadAll(_broker.BootstrapServers, "t"), r => Assert.Equal(large, r.Message.Value));
    }

    [Fact]
    public async Task A_group_shares_partitions_and_goes_on_where_it_committed()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t", 4);
        using var producer = Clients.Producer(_broker.BootstrapServers);
        for (var i = 0; i < 400; i++)
        {
            producer.Produce(new TopicPartition("t", i % 4), Message(i));
        }

        producer.Flush(Clients.Patience);
        using (var first = Clients.Consumer(_broker.BootstrapServers, "g"))
        {
            first.Subscribe("t");
            Assert.Equal(200, Read(first, 200).Count);
            first.Commit();
            first.Close();
        }

        using var second = Clients.Consumer(_broker.BootstrapServers, "g");
        using var third = Clients.Consumer(_broker.BootstrapServers, "g");
        second.Subscribe("t");
        third.Subscribe("t");
        var rest = new List<ConsumeResult<byte[]?, byte[]>>();
        while (rest.Count < 200 || second.Assignment.Count != 2 || third.Assignment.Count != 2)
        {
            rest.AddRange(Read(second, 1, 50));
            rest.AddRange(Read(third, 1, 50));
            Commit(second);
            Commit(third);
        }

        Assert.Equal(200, rest.Select(r => r.TopicPartitionOffset).Distinct().Count());
    }

    [Fact]
    public async Task Topics_are_described_by_id_configured_and_deleted()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t", 3, new() { ["retention.ms"] = "60000" });
        using var admin = Clients.Admin(_broker.BootstrapServers);
        var described = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["t"]))).TopicDescriptions.Single();
        Assert.Equal(3, described.Partitions.Count);
        Assert.NotEqual("AAAAAAAAAAAAAAAAAAAAAA", described.TopicId.ToString());

        var configs = await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = "t" }]);
        Assert.Equal("60000", configs[0].Entries["retention.ms"].Value);

        await admin.DeleteTopicsAsync(["t"]);
        Assert.DoesNotContain(admin.GetMetadata(Clients.Patience).Topics, t => t.Topic == "t");
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
        var again = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["t"]))).TopicDescriptions.Single();
        Assert.NotEqual(described.TopicId.ToString(), again.TopicId.ToString());
    }

    [Fact]
    public async Task Wrong_topics_are_refused_with_their_reasons()
    {
        using var admin = Clients.Admin(_broker.BootstrapServers);
        var specifications = new List<TopicSpecification>
        {
            new() { Name = "no spaces", NumPartitions = 1, ReplicationFactor = 1 },
            new() { Name = "replicated", NumPartitions = 1, ReplicationFactor = 3 },
            new() { Name = "none", NumPartitions = 0, ReplicationFactor = 1 },
            new() { Name = "many", NumPartitions = 100_000, ReplicationFactor = 1 },
            new() { Name = "compacted", NumPartitions = 1, ReplicationFactor = 1, Configs = new() { ["cleanup.policy"] = "compact" } },
            new() { Name = "good", NumPartitions = 1, ReplicationFactor = 1 },
        };
        var failure = await Assert.ThrowsAsync<CreateTopicsException>(() => admin.CreateTopicsAsync(specifications));
        Assert.Equal(
            [
                ErrorCode.TopicException, ErrorCode.InvalidReplicationFactor, ErrorCode.InvalidPartitions,
                ErrorCode.PolicyViolation, ErrorCode.InvalidConfig, ErrorCode.NoError,
            ],
            failure.Results.Select(r => r.Error.Code));
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t", 2);
        using var producer = Clients.Producer(_broker.BootstrapServers);
        await producer.ProduceAsync("t", Message(0));
        using var admin = Clients.Admin(_broker.BootstrapServers);
        using (var consumer = Clients.Consumer(_broker.BootstrapServers, "g"))
        {
            consumer.Subscribe("t");
            Read(consumer, 1);
            consumer.Commit();
            var listed = await admin.ListConsumerGroupsAsync();
            Assert.Equal("g", Assert.Single(listed.Valid).GroupId);
            var described = (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single();
            Assert.Equal(ConsumerGroupState.Stable, described.State);
            Assert.Equal(2, Assert.Single(described.Members).Assignment.TopicPartitions.Count);
            await Assert.ThrowsAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync(["g"]));
            consumer.Close();
        }

        var offsets = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions("g", null)]);
        Assert.Equal(1, Assert.Single(offsets[0].Partitions, p => p.Offset >= 0).Offset.Value);
        await admin.DeleteGroupsAsync(["g"]);
        Assert.Empty((await admin.ListConsumerGroupsAsync()).Valid);
    }

    [Fact]
    public async Task Offsets_are_found_by_time_and_records_before_an_offset_are_deleted()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
        using var producer = Clients.Producer(_broker.BootstrapServers);
        for (var i = 0; i < 100; i++)
        {
            await producer.ProduceAsync("t", new Message<byte[]?, byte[]> { Value = [1], Timestamp = new Timestamp(1_000_000 + (i * 1000L), TimestampType.CreateTime) });
        }

        var partition = new TopicPartition("t", 0);
        using var consumer = Clients.Consumer(_broker.BootstrapServers, "g");
        Timestamp At(long ms) => new(ms, TimestampType.CreateTime);
        Assert.Equal(42, consumer.OffsetsForTimes([new(partition, At(1_042_000))], Clients.Patience)[0].Offset.Value);
        Assert.Equal(43, consumer.OffsetsForTimes([new(partition, At(1_042_001))], Clients.Patience)[0].Offset.Value);
        Assert.Equal(Offset.End, consumer.OffsetsForTimes([new(partition, At(2_000_000))], Clients.Patience)[0].Offset);

        using var admin = Clients.Admin(_broker.BootstrapServers);
        var latest = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.MaxTimestamp() }]);
        Assert.Equal(99, latest.ResultInfos[0].TopicPartitionOffsetError.Offset.Value);
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 60)]);
        Assert.Equal(60, consumer.QueryWatermarkOffsets(partition, Clients.Patience).Low.Value);
        Assert.Equal(Enumerable.Range(60, 40).Select(i => (long)i), Clients.ReadAll(_broker.BootstrapServers, "t").Select(r => r.Offset.Value));
    }

    [Fact]
    public void Transactions_are_refused_at_once()
    {
        using var producer = Clients.Producer(_broker.BootstrapServers, c => c.TransactionalId = "tx");
        var refused = Assert.Throws<KafkaException>(() => producer.InitTransactions(Clients.Patience));
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, refused.Error.Code);
    }

    [Fact]
    public async Task A_topic_that_nobody_made_is_unknown_and_stays_so()
    {
        using var producer = Clients.Producer(_broker.BootstrapServers, c => c.TopicMetadataPropagationMaxMs = 0);
        var refused = await Assert.ThrowsAnyAsync<ProduceException<byte[]?, byte[]>>(() => producer.ProduceAsync("nobody", Message(0)));
        Assert.Contains(refused.Error.Code, new[] { ErrorCode.Local_UnknownTopic, ErrorCode.UnknownTopicOrPart });
        using var admin = Clients.Admin(_broker.BootstrapServers);
        Assert.Empty(admin.GetMetadata(Clients.Patience).Topics);
    }

    [Fact]
    public async Task A_batch_above_the_topics_limit_is_refused()
    {
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t", 1, new() { ["max.message.bytes"] = "2000" });
        using var producer = Clients.Producer(_broker.BootstrapServers);
        var refused = await Assert.ThrowsAnyAsync<ProduceException<byte[]?, byte[]>>(
            () => producer.ProduceAsync("t", new Message<byte[]?, byte[]> { Value = new byte[3000] }));
        Assert.Equal(ErrorCode.MsgSizeTooLarge, refused.Error.Code);
    }

    private static Message<byte[]?, byte[]> Message(int i) => new()
    {
        Key = Encoding.UTF8.GetBytes($"key {i}"),
        Value = Encoding.UTF8.GetBytes($"value {i}"),
        Headers = new Headers { { "h", Encoding.UTF8.GetBytes($"h {i}") } },
    };

    private static List<ConsumeResult<byte[]?, byte[]>> Read(IConsumer<byte[]?, byte[]> consumer, int count, int patienceMs = 120_000)
    {
        var read = new List<ConsumeResult<byte[]?, byte[]>>();
        while (read.Count < count && consumer.Consume(patienceMs) is { } result)
        {
            read.Add(result);
        }

        return read;
    }

    private static void Commit(IConsumer<byte[]?, byte[]> consumer)
    {
        try
        {
            consumer.Commit();
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_NoOffset or ErrorCode.RebalanceInProgress)
        {
            return;
        }
    }
}
