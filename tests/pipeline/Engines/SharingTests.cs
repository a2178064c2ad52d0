using Confluent.Kafka;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>Kafka's consumer side on the embedded broker: topics, reading from any offset, and the sharing of partitions.</summary>
public sealed class SharingTests
{
    [Fact]
    public async Task Topic_MadeTwice_IsOneWithAnIdentity()
    {
        await using var broker = await BrokerServer.StartAsync();
        var first = await TopicCatalog.EnsureAsync(broker.Servers, "kp.raw.v1", 2, CancellationToken.None);
        var second = await TopicCatalog.EnsureAsync(broker.Servers, "kp.raw.v1", 5, CancellationToken.None);

        Assert.Equal(first, second);
        Assert.Equal(2, first.Partitions);
        Assert.NotEqual(Guid.Empty, first.Id);
    }

    [Fact]
    public async Task PartitionLog_FromAnOffset_GivesEveryRecordFromThere()
    {
        await using var broker = await BrokerServer.StartAsync();
        await TopicCatalog.EnsureAsync(broker.Servers, "kp.raw.v1", 1, CancellationToken.None);
        using (var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = broker.Servers, Acks = Acks.All }).Build())
        {
            for (var i = 0; i < 100; i++)
                producer.Produce(new TopicPartition("kp.raw.v1", 0), new Message<Null, byte[]> { Value = [(byte)i] });
            producer.Flush();
        }

        Assert.Equal((0, 100), PartitionLog.Bounds(broker.Servers, "kp.raw.v1", 0, TimeSpan.FromMinutes(2)));
        await using var log = new PartitionLog(broker.Servers, "kp.raw.v1", 0, 40);
        for (var i = 40; i < 100; i++)
        {
            var record = await log.Records.ReadAsync();
            Assert.Equal((i, (byte)i), (record.Offset, record.Value.Span[0]));
        }

        Assert.Equal(100, log.HighWatermark);
    }

    [Fact]
    public async Task Members_ShareThePartitions_AndTakeOverFromOneThatLeaves()
    {
        await using var broker = await BrokerServer.StartAsync();
        await TopicCatalog.EnsureAsync(broker.Servers, "kp.raw.v1", 2, CancellationToken.None);
        await using var first = new Member(broker.Servers);
        await first.UntilAsync(mine => mine.SetEquals([0, 1]));
        await using (var second = new Member(broker.Servers))
        {
            await second.UntilAsync(mine => mine.Count == 1);
            await first.UntilAsync(mine => mine.Count == 1);
            Assert.Equal([0, 1], first.Mine.Union(second.Mine).Order());
        }

        await first.UntilAsync(mine => mine.SetEquals([0, 1]));
    }

    private sealed class Member : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly GroupMembership _membership;
        private readonly Task _running;
        private volatile IReadOnlySet<int> _mine = new HashSet<int>();

        public Member(string servers)
        {
            _membership = new GroupMembership(servers, "kp-processors", "kp.raw.v1");
            _running = Task.Factory.StartNew(() => _membership.Run(mine => _mine = mine, _stop.Token), TaskCreationOptions.LongRunning);
        }

        public IReadOnlySet<int> Mine => _mine;

        public async Task UntilAsync(Func<IReadOnlySet<int>, bool> condition)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            while (!condition(_mine))
                await Task.Delay(50, patience.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _membership.Dispose();
            _stop.Dispose();
        }
    }
}
