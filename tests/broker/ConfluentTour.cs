using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Broker.Tests;

/// <summary>Every kind of request that Confluent.Kafka makes of this broker, once, with a look at each result.</summary>
internal static class ConfluentTour
{
    public static async Task RunAsync(string servers)
    {
        await Clients.CreateTopicAsync(servers, "c", 2);
        using (var producer = Clients.Producer(servers))
        {
            for (var i = 0; i < 100; i++)
            {
                await producer.ProduceAsync(new TopicPartition("c", i % 2), new Message<byte[]?, byte[]> { Value = [1] });
            }
        }

        using var admin = Clients.Admin(servers);
        await ConsumeAsync(servers, admin);
        await AdministerAsync(admin);
    }

    private static async Task ConsumeAsync(string servers, IAdminClient admin)
    {
        using var first = Clients.Consumer(servers, "g");
        using var second = Clients.Consumer(servers, "g");
        first.Subscribe("c");
        for (var read = 0; read < 100; read++)
        {
            Assert.NotNull(first.Consume(Clients.Patience));
        }

        first.Commit();
        Assert.Equal(50, first.Committed([new("c", 0)], Clients.Patience)[0].Offset.Value);
        Assert.Equal(0, first.OffsetsForTimes([new("c", 0, new Timestamp(1, TimestampType.CreateTime))], Clients.Patience)[0].Offset.Value);
        second.Subscribe("c");
        while (first.Assignment.Count != 1 || second.Assignment.Count != 1)
        {
            first.Consume(50);
            second.Consume(50);
        }

        var described = (await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions.Single();
        Assert.Equal(2, described.Members.Count);
        first.Close();
        second.Close();
    }

    private static async Task AdministerAsync(IAdminClient admin)
    {
        Assert.Contains((await admin.ListConsumerGroupsAsync()).Valid, g => g.GroupId == "g");
        Assert.NotEmpty(await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = "c" }]));
        await admin.DeleteRecordsAsync([new TopicPartitionOffset("c", 0, 10)]);
        await admin.DeleteGroupsAsync(["g"]);
        await admin.DeleteTopicsAsync(["c"]);
        Assert.Empty(admin.GetMetadata(Clients.Patience).Topics);
    }
}
