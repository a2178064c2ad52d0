using KpTelemetry.Local.Broker.Wire;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Broker.Tests;

/// <summary>What the broker asks of the disk before it answers, and what it does when the disk refuses.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private readonly TestHome _home = new();
    private BrokerProcess _broker = null!;
    private RawClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(_home);
        _client = await RawClient.ConnectAsync(_broker.EndPoint);
        await Clients.CreateTopicAsync(_broker.Servers, "t", 1, new() { ["segment.bytes"] = "4096" });
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _broker.Dispose();
        _home.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_acknowledgement_comes_after_an_fsync_of_what_it_acknowledges()
    {
        using var calls = await TraceAsync("-e", "trace=fsync");
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(new Produced(0, i - 1), await _client.ProduceAsync("t", Batches.Build(1)));
            Assert.Equal(i, calls.With("/00000000000000000000.log>").Count);
            Assert.Equal(0, await _client.CommitAsync("t", i));
            Assert.Equal(i, calls.With("/group-offsets").Count);
        }

        await Clients.CreateTopicAsync(_broker.Servers, "u");
        Assert.NotEmpty(calls.With(".unfinished/0>"));
        Assert.NotEmpty(calls.With("/topic.json.new>"));
        Assert.NotEmpty(calls.With(".unfinished>"));
        Assert.NotEmpty(calls.With("/topics>"));
    }

    [Fact]
    public async Task A_segment_and_its_successors_name_are_on_disk_before_the_successor_is_written()
    {
        using var calls = await TraceAsync("-e", "trace=openat,fsync,pwrite64,pwritev");
        await _client.ProduceAsync("t", Batches.Build(1, valueBytes: 3000));
        var before = calls.With("fsync(").Count;
        await _client.ProduceAsync("t", Batches.Build(1, valueBytes: 3000));
        var order = calls.With("/0").SkipWhile(line => !line.Contains("fsync(", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.Equal(1, before);
        Assert.Collection(
            order.Where(line => !line.Contains("O_RDONLY", StringComparison.Ordinal)),
            line => Assert.Matches("fsync\\(.*/0{20}\\.log>", line),
            line => Assert.Matches("openat\\(.*/0{19}1\\.log\"", line),
            line => Assert.Matches("fsync\\(.*/0>", line),
            line => Assert.Matches("pwrite.*/0{19}1\\.log>", line),
            line => Assert.Matches("fsync\\(.*/0{19}1\\.log>", line));
    }

    [Theory]
    [InlineData(0)] // the batch's own fsync
    [InlineData(1)] // the fsync of the segment that ends
    public async Task An_fsync_of_the_log_that_the_disk_refuses_ends_the_broker(int before)
    {
        for (var i = 0; i < before; i++)
        {
            Assert.Equal(new Produced(0, i), await _client.ProduceAsync("t", Batches.Build(1, valueBytes: 3000)));
        }

        using (await TraceAsync("-e", "inject=fsync:error=EIO:when=1"))
        {
            await AssertEndsAsync(async () => (await _client.ProduceAsync("t", Batches.Build(1, valueBytes: 3000))).Error);
        }

        using var again = await BrokerProcess.StartAsync(_home);
        Assert.InRange(Clients.ReadAll(again.Servers, "t").Count, before, before + 1);
    }

    [Fact]
    public async Task An_fsync_of_the_offsets_that_the_disk_refuses_ends_the_broker()
    {
        using var calls = await TraceAsync("-e", "inject=fsync:error=ENOSPC:when=1");
        await AssertEndsAsync(() => _client.CommitAsync("t", 1));
    }

    [Fact]
    public async Task A_topic_that_the_disk_refuses_ends_the_broker()
    {
        using var calls = await TraceAsync("-e", "inject=fsync:error=EIO:when=2");
        using var admin = Clients.Admin(_broker.Servers);
        await Assert.ThrowsAsync<Confluent.Kafka.Admin.CreateTopicsException>(() => Clients.CreateTopicAsync(_broker.Servers, "u"));
        Assert.Equal(1, await _broker.EndedAsync());
    }

    private async Task<SystemCalls> TraceAsync(params string[] what)
    {
        var calls = await SystemCalls.TryOfAsync(_broker.Id, what);
        Assert.SkipWhen(calls is null, "strace is not installed or may not attach here");
        return calls;
    }

    // It is refused, or the broker hangs up before it can say so.
    private async Task AssertEndsAsync(Func<Task<short>> ask)
    {
        try
        {
            Assert.Equal((short)ErrorCode.KafkaStorageError, await ask());
        }
        catch (EndOfStreamException)
        {
            // Hung up.
        }

        Assert.Equal(1, await _broker.EndedAsync());
    }
}
