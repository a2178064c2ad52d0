using KpTelemetry.Local.Broker;

namespace KpTelemetry.Broker.Tests;

/// <summary>Alone, since what other tests hold in memory would count.</summary>
[Collection(nameof(BoundsTests))]
public sealed class BoundsTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public async Task One_connection_more_than_allowed_is_closed_and_one_that_ends_makes_room()
    {
        using var home = new TestHome();
        await using var broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = home, MaxConnections = 5 });
        var clients = new List<RawClient>();
        for (var i = 0; i < 5; i++)
        {
            clients.Add(await RawClient.ConnectAsync(broker.EndPoint));
            Assert.NotNull(await clients[i].CallAsync(18, 0, []));
        }

        using (var excess = await RawClient.ConnectAsync(broker.EndPoint))
        {
            Assert.Null(await excess.ReceiveAsync());
        }

        clients[0].EndSending();
        await clients[0].ReadToEndAsync();
        byte[]? answer = null;
        while (answer is null)
        {
            using var next = await RawClient.ConnectAsync(broker.EndPoint);
            answer = await Record.ExceptionAsync(() => next.CallAsync(18, 0, [])) is null ? [] : null;
        }

        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Clients_that_announce_large_requests_and_send_nothing_take_bounded_memory_and_are_dropped()
    {
        using var home = new TestHome();
        await using var broker = await KafkaBroker.StartAsync(new BrokerOptions
        {
            Home = home,
            MaxInFlightBytes = 32 * 1024 * 1024,
            TransferTimeout = TimeSpan.FromSeconds(10),
        });
        await Clients.CreateTopicAsync(broker.BootstrapServers, "t");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var slow = new List<RawClient>();
        for (var i = 0; i < 100; i++)
        {
            var client = await RawClient.ConnectAsync(broker.EndPoint);
            await client.SendAsync(new Fields().Int32(15 * 1024 * 1024).Int16(0).Int16(7).Int32(1).ToArray());
            slow.Add(client);
        }

        // Small requests do not queue behind them, and a large one comes through once the slow ones are dropped.
        using var bystander = await RawClient.ConnectAsync(broker.EndPoint);
        Assert.NotNull(await bystander.CallAsync(18, 0, []));
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 100 * Megabyte);
        slow.ForEach(c => c.Dispose());
        Assert.Equal(new Produced(0, 0), await bystander.ProduceAsync("t", Batches.Build(1, valueBytes: 500_000)));
    }

    [Fact]
    public async Task Clients_that_ask_for_much_and_read_nothing_take_bounded_memory()
    {
        using var home = new TestHome();
        await using var broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = home });
        await Clients.CreateTopicAsync(broker.BootstrapServers, "t");
        using var bystander = await RawClient.ConnectAsync(broker.EndPoint);
        for (var i = 0; i < 40; i++)
        {
            await bystander.ProduceAsync("t", Batches.Build(1, valueBytes: 1_000_000));
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var greedy = new List<RawClient>();
        var fetch = new Fields().Int32(-1).Int32(0).Int32(1).Int32(int.MaxValue).Int8(0)
            .Int32(1).String("t").Int32(1).Int32(0).Int64(0).Int32(int.MaxValue).ToArray();
        for (var i = 0; i < 100; i++)
        {
            var client = await RawClient.ConnectAsync(broker.EndPoint);
            await client.SendAsync(RawClient.Frame(1, 4, 1, fetch));
            greedy.Add(client);
        }

        Assert.NotNull(await bystander.CallAsync(18, 0, []));
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 60 * Megabyte);
        greedy.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Groups_and_what_is_committed_are_bounded()
    {
        using var home = new TestHome();
        await using var broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = home, MaxGroupBytes = 100_000 });
        await Clients.CreateTopicAsync(broker.BootstrapServers, "t");
        using var client = await RawClient.ConnectAsync(broker.EndPoint);
        var errors = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            var body = new Fields().String($"g{i}").Int32(-1).String("").Int64(-1).Int32(1).String("t").Int32(1).Int32(0).Int64(i).String(new string('m', 4000)).ToArray();
            errors.Add((await client.CallAsync(8, 2, body))![^1]);
        }

        Assert.Equal(0, errors[0]);
        Assert.Equal(44, errors[^1]);
    }
}

[CollectionDefinition(nameof(BoundsTests), DisableParallelization = true)]
public sealed class BoundsAlone;
