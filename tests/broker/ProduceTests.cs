using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Broker.Tests;

public sealed class ProduceTests : IAsyncLifetime
{
    private readonly TestHome _home = new();
    private KafkaBroker _broker = null!;
    private RawClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _home });
        _client = await RawClient.ConnectAsync(_broker.EndPoint);
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public Task A_message_set_of_an_older_format_is_refused_as_such() =>
        RefusesAsync(ErrorCode.UnsupportedForMessageFormat, batch => batch[16] = 1, seal: false);

    [Fact]
    public Task A_batch_with_a_wrong_checksum_is_refused() => RefusesAsync(ErrorCode.CorruptMessage, batch => batch[^1] ^= 1, seal: false);

    [Fact]
    public Task A_transactional_batch_is_refused() => RefusesAsync(ErrorCode.TransactionalIdAuthorizationFailed, batch => batch[22] |= 0x10);

    [Fact]
    public Task A_control_batch_is_refused() => RefusesAsync(ErrorCode.InvalidRecord, batch => batch[22] |= 0x20);

    [Fact]
    public Task A_batch_whose_time_the_broker_is_to_give_is_refused() => RefusesAsync(ErrorCode.InvalidTimestamp, batch => batch[22] |= 0x08);

    [Fact]
    public async Task Zstd_is_taken_only_from_clients_that_must_know_it()
    {
        Assert.Equal(new Produced((short)ErrorCode.UnsupportedCompressionType, -1), await _client.ProduceAsync("t", Batches.Build(1, attributes: 4), version: 6));
        Assert.Equal(new Produced(0, 0), await _client.ProduceAsync("t", Batches.Build(1, attributes: 4)));
    }

    [Fact]
    public Task A_codec_that_does_not_exist_is_refused() => RefusesAsync(ErrorCode.InvalidRecord, batch => batch[22] |= 0x07);

    [Fact]
    public Task Counts_that_contradict_each_other_are_refused() => RefusesAsync(ErrorCode.InvalidRecord, batch => batch[60] = 9);

    [Fact]
    public async Task Two_batches_for_one_partition_are_refused()
    {
        byte[] two = [.. Batches.Build(1), .. Batches.Build(1)];
        Assert.Equal((short)ErrorCode.InvalidRecord, (await _client.ProduceAsync("t", two)).Error);
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_is_unknown_and_the_other_is_written()
    {
        await _client.CallAsync(0, 7, RawClient.ProduceBody("t", -1, Batches.Build(1), Batches.Build(1)));
        Assert.Single(Clients.ReadAll(_broker.BootstrapServers, "t"));
    }

    [Fact]
    public async Task With_acks_0_nothing_is_answered_and_the_batch_is_written()
    {
        await _client.SendAsync(RawClient.Frame(0, 7, 1, RawClient.ProduceBody("t", 0, Batches.Build(4))));
        var next = await _client.ProduceAsync("t", Batches.Build(1));
        Assert.Equal(new Produced(0, 4), next);
    }

    [Fact]
    public async Task Requests_that_follow_each_other_without_waiting_are_answered_in_order()
    {
        for (var i = 0; i < 50; i++)
        {
            await _client.SendAsync(RawClient.Frame(0, 7, i, RawClient.ProduceBody("t", -1, Batches.Build(1))));
            await _client.SendAsync(RawClient.Frame(18, 0, i, []));
        }

        for (var i = 0; i < 50; i++)
        {
            var produced = await _client.ReceiveAsync();
            Assert.Equal(i, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(produced.AsSpan(17)));
            Assert.NotNull(await _client.ReceiveAsync());
        }
    }

    private async Task RefusesAsync(ErrorCode expected, Action<byte[]> spoil, bool seal = true)
    {
        var batch = Batches.Build(2);
        spoil(batch);
        if (seal)
        {
            Batches.Seal(batch);
        }

        Assert.Equal(new Produced((short)expected, -1), await _client.ProduceAsync("t", batch));
        Assert.Empty(Clients.ReadAll(_broker.BootstrapServers, "t"));
    }
}
