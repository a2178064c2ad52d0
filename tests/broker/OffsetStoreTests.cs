using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace KpTelemetry.Broker.Tests;

public sealed class OffsetStoreTests : IDisposable
{
    private static readonly PartitionId Partition = new(Guid.Parse("00000000-0000-0000-0000-000000000001"), 0);
    private readonly TestHome _home = new();
    private readonly Flusher _flusher = new(NullLogger.Instance);
    private readonly OffsetStore _store;

    public OffsetStoreTests() => _store = new OffsetStore(_home, _flusher, new ByteTally(1000), _ => true);

    public void Dispose()
    {
        _flusher.Dispose();
        _store.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Offsets_are_told_no_sooner_than_they_are_on_disk()
    {
        using var disk = new BlockedDisk();
        _ = _flusher.Request(disk);
        disk.AwaitFlush();

        Assert.True(_store.TryCommit("g", [(Partition, new CommittedOffset(5, null))], out var committed));
        var told = _store.FetchAsync("g");
        Assert.False(committed.IsCompleted);
        Assert.False(told.IsCompleted);
        disk.Release();
        Assert.True(await committed);
        Assert.Equal(5, (await told)[Partition].Offset);
    }
}
