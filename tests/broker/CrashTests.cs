using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Broker.Tests;

public sealed class CrashTests
{
    private const int Kills = 5;
    private const int Partitions = 2;

    [Fact]
    public async Task Kills_under_load_lose_nothing_acknowledged_and_write_nothing_twice()
    {
        using var home = new TestHome();
        var port = Ports.Take();
        var broker = await BrokerProcess.StartAsync(home, port);
        try
        {
            await Clients.CreateTopicAsync(broker.Servers, "t", Partitions, new() { ["segment.bytes"] = "65536" });
            using var producer = Clients.Producer(broker.Servers, c =>
            {
                c.ReconnectBackoffMs = 20;
                c.ReconnectBackoffMaxMs = 100;
                c.RetryBackoffMs = 20;
                c.MessageTimeoutMs = 600_000;
            });
            var kills = new Random(20260101);
            var acknowledged = 0;
            var sent = 0;
            for (var kill = 0; kill < Kills; kill++)
            {
                var goal = Volatile.Read(ref acknowledged) + kills.Next(500, 2500);
                while (Volatile.Read(ref acknowledged) < goal)
                {
                    for (var i = 0; i < 100; i++)
                    {
                        Produce(producer, sent++, () => Interlocked.Increment(ref acknowledged));
                    }

                    producer.Poll(TimeSpan.FromMilliseconds(1));
                }

                broker.Kill();
                broker.Dispose();
                broker = await BrokerProcess.StartAsync(home, port);
            }

            Assert.Equal(0, producer.Flush(TimeSpan.FromMinutes(10)));
            Assert.Equal(sent, acknowledged);
            var read = Clients.ReadAll(broker.Servers, "t", Partitions);
            Assert.Equal(Enumerable.Range(0, sent), read.Select(r => int.Parse(Encoding.ASCII.GetString(r.Message.Value), CultureInfo.InvariantCulture)).Order());
            foreach (var partition in read.GroupBy(r => r.Partition.Value))
            {
                Assert.Equal(partition.Select(r => Encoding.ASCII.GetString(r.Message.Value)).Order(Numbers), partition.Select(r => Encoding.ASCII.GetString(r.Message.Value)));
            }
        }
        finally
        {
            broker.Dispose();
        }
    }

    [Fact]
    public async Task Committed_offsets_and_topics_survive_a_kill()
    {
        using var home = new TestHome();
        using var broker = await BrokerProcess.StartAsync(home);
        await Clients.CreateTopicAsync(broker.Servers, "t", Partitions);
        using (var consumer = Clients.Consumer(broker.Servers, "g"))
        {
            consumer.Commit([new TopicPartitionOffset("t", 0, 3), new TopicPartitionOffset("t", 1, 4)]);
            consumer.Commit([new TopicPartitionOffset("t", 0, 5)]);
        }

        broker.Kill();
        using var again = await BrokerProcess.StartAsync(home);
        using var next = Clients.Consumer(again.Servers, "g");
        var committed = next.Committed([new("t", 0), new("t", 1)], Clients.Patience);
        Assert.Equal([5, 4], committed.Select(c => c.Offset.Value));
    }

    private static readonly Comparer<string> Numbers = Comparer<string>.Create(
        (a, b) => int.Parse(a, CultureInfo.InvariantCulture).CompareTo(int.Parse(b, CultureInfo.InvariantCulture)));

    private static void Produce(IProducer<byte[]?, byte[]> producer, int number, Action acknowledged)
    {
        var message = new Message<byte[]?, byte[]> { Value = Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)) };
        producer.Produce(new TopicPartition("t", number % Partitions), message, report =>
        {
            if (!report.Error.IsError)
            {
                acknowledged();
            }
        });
    }
}
