using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Broker.Tests;

public sealed class IdempotenceTests : IAsyncLifetime
{
    private readonly TestHome _home = new();
    private KafkaBroker _broker = null!;
    private RawClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        await RestartAsync();
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t", 1, new() { ["segment.bytes"] = "4096" });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task A_batch_that_comes_twice_is_written_once_and_answered_alike()
    {
        Assert.Equal(new Produced(0, 0), await SendAsync(Batch(0, 3)));
        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(3, 2)));
        Assert.Equal(new Produced(0, 0), await SendAsync(Batch(0, 3)));
        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(3, 2)));
        Assert.Equal(new Produced(0, 5), await SendAsync(Batch(5, 1)));
        Assert.Equal(6, Clients.ReadAll(_broker.BootstrapServers, "t").Count);
    }

    [Fact]
    public async Task A_batch_that_leaves_a_gap_is_refused()
    {
        await SendAsync(Batch(0, 3));
        Assert.Equal(Refused(ErrorCode.OutOfOrderSequenceNumber), await SendAsync(Batch(4, 1)));
        Assert.Equal(Refused(ErrorCode.OutOfOrderSequenceNumber), await SendAsync(Batch(7, 1, producer: 8)));
    }

    [Fact]
    public async Task A_batch_older_than_what_is_remembered_is_told_to_be_a_duplicate()
    {
        for (var i = 0; i < 8; i++)
        {
            await SendAsync(Batch(i, 1));
        }

        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(3, 1)));
        Assert.Equal(Refused(ErrorCode.DuplicateSequenceNumber), await SendAsync(Batch(2, 1)));
    }

    [Fact]
    public async Task A_new_epoch_starts_at_zero_and_fences_the_old_one()
    {
        await SendAsync(Batch(0, 3));
        Assert.Equal(Refused(ErrorCode.OutOfOrderSequenceNumber), await SendAsync(Batch(3, 1, epoch: 1)));
        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(0, 1, epoch: 1)));
        Assert.Equal(Refused(ErrorCode.InvalidProducerEpoch), await SendAsync(Batch(3, 1)));
    }

    [Fact]
    public async Task What_was_known_of_producers_is_known_after_a_restart()
    {
        await SendAsync(Batch(0, 3));
        await SendAsync(Batch(3, 2));
        await RestartAsync();
        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(3, 2)));
        Assert.Equal(new Produced(0, 0), await SendAsync(Batch(0, 3)));
        Assert.Equal(Refused(ErrorCode.OutOfOrderSequenceNumber), await SendAsync(Batch(6, 1)));
        Assert.Equal(new Produced(0, 5), await SendAsync(Batch(5, 1)));
    }

    [Fact]
    public async Task A_producer_whose_batches_were_all_deleted_is_told_so_after_a_restart()
    {
        await SendAsync(Batch(0, 3));
        using (var admin = Clients.Admin(_broker.BootstrapServers))
        {
            await admin.DeleteRecordsAsync([new Confluent.Kafka.TopicPartitionOffset("t", 0, 3)]);
        }

        await RestartAsync();
        Assert.Equal(Refused(ErrorCode.UnknownProducerId), await SendAsync(Batch(3, 1)));
        Assert.Equal(new Produced(0, 3), await SendAsync(Batch(0, 1, epoch: 1)));
    }

    [Fact]
    public async Task Sequence_numbers_go_on_from_zero_after_the_largest()
    {
        // A producer that comes to the end of the numbers: its state is made by a batch at sequence 0 of as many records as an int holds less one.
        var first = Batch(0, 1);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(first.AsSpan(23), int.MaxValue - 1);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(first.AsSpan(57), int.MaxValue);
        Batches.Seal(first);
        Assert.Equal(new Produced(0, 0), await SendAsync(first));
        Assert.Equal(new Produced(0, int.MaxValue), await SendAsync(Batch(int.MaxValue, 2)));
        Assert.Equal(new Produced(0, int.MaxValue + 2L), await SendAsync(Batch(1, 1)));
        Assert.Equal(Refused(ErrorCode.OutOfOrderSequenceNumber), await SendAsync(Batch(3, 1)));
    }

    private static Produced Refused(ErrorCode error) => new((short)error, -1);

    private static byte[] Batch(int sequence, int records, long producer = 7, short epoch = 0) =>
        Batches.Build(records, producer, epoch, sequence);

    private Task<Produced> SendAsync(byte[] batch) => _client.ProduceAsync("t", batch);

    private async Task RestartAsync()
    {
        _client?.Dispose();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _home });
        _client = await RawClient.ConnectAsync(_broker.EndPoint);
    }
}
