using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Wire;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KpTelemetry.Broker.Tests;

public sealed class PartitionLogTests : IDisposable
{
    private static readonly LogSettings Plain = new(null, null, 1024 * 1024, 1024 * 1024);
    private readonly TestHome _home = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Flusher _flusher = new(NullLogger.Instance);

    private LogServices Services => new(_flusher, _time, NullLogger.Instance);

    public void Dispose()
    {
        _flusher.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_read_never_passes_what_is_on_disk()
    {
        using var log = PartitionLog.Open(_home, Plain, Services);
        await AppendAsync(log, 3);
        using var disk = new BlockedDisk();
        var blocked = _flusher.Request(disk);
        disk.AwaitFlush();

        var result = Append(log, 2);
        Assert.Equal(new LogBounds(0, 3), log.Bounds);
        Assert.Null(log.Read(3, 1000, atLeastOne: true).Records);
        Assert.False(result.OnDisk.IsCompleted);
        using (var read = log.Read(0, 100_000, atLeastOne: true).Records)
        {
            Assert.Equal(Batches.Build(3).Length, read!.Length);
        }

        disk.Release();
        Assert.True(await blocked);
        Assert.True(await result.OnDisk);
        Assert.Equal(new LogBounds(0, 5), log.Bounds);
        log.Read(3, 1000, atLeastOne: true).Records!.Dispose();
    }

    [Fact]
    public async Task A_batch_that_comes_twice_is_acknowledged_no_sooner_than_it_is_on_disk()
    {
        using var log = PartitionLog.Open(_home, Plain, Services);
        using var disk = new BlockedDisk();
        _ = _flusher.Request(disk);
        disk.AwaitFlush();

        var batch = Batches.Build(2, producerId: 7, epoch: 0, sequence: 0);
        var first = log.Append(batch, BatchHeader.Read(batch));
        var second = log.Append(batch, BatchHeader.Read(batch));
        Assert.Equal((ErrorCode.None, 0L), (second.Error, second.BaseOffset));
        Assert.False(first.OnDisk.IsCompleted);
        Assert.False(second.OnDisk.IsCompleted);
        disk.Release();
        Assert.True(await second.OnDisk);
        Assert.Equal(new LogBounds(0, 2), log.Bounds);
    }

    [Fact]
    public async Task Batches_that_are_not_on_disk_do_not_go_by_retention()
    {
        using var log = PartitionLog.Open(_home, Plain with { Retention = TimeSpan.FromHours(8) }, Services);
        using var disk = new BlockedDisk();
        _ = _flusher.Request(disk);
        disk.AwaitFlush();

        var waiting = Append(log, 5);
        _time.Advance(TimeSpan.FromHours(9));
        log.EnforceRetention();
        Assert.Equal(new LogBounds(0, 0), log.Bounds);
        disk.Release();
        Assert.True(await waiting.OnDisk);
        Assert.Equal(new LogBounds(0, 5), log.Bounds);
    }

    [Fact]
    public async Task What_is_recovered_is_flushed_before_it_is_shown()
    {
        var file = await WriteAsync(2, 3);
        using var calls = await SystemCalls.TryOfAsync(Environment.ProcessId, "-P", file, "-e", "trace=fsync");
        Assert.SkipWhen(calls is null, "strace is not installed or may not attach here");
        using var log = PartitionLog.Open(_home, Plain, Services);
        Assert.Equal(new LogBounds(0, 5), log.Bounds);
        Assert.Single(calls.With("fsync("));
    }

    [Fact]
    public async Task A_tail_torn_at_any_byte_is_cut_at_the_last_whole_batch()
    {
        var file = await WriteAsync(2, 3, 1);
        var whole = await File.ReadAllBytesAsync(file);
        var last = whole.Length - Batches.Build(1).Length;
        for (var cut = last; cut < whole.Length; cut++)
        {
            await File.WriteAllBytesAsync(file, whole[..cut]);
            await OpensAtAsync(5, last);
        }
    }

    [Fact]
    public async Task A_last_batch_spoiled_at_any_byte_that_matters_is_cut()
    {
        var file = await WriteAsync(2, 3, 1);
        var whole = await File.ReadAllBytesAsync(file);
        var last = whole.Length - Batches.Build(1).Length;

        // The leader's epoch (12 to 15) is under no checksum and says nothing here.
        foreach (var at in Enumerable.Range(0, whole.Length - last).Where(at => at is < 12 or > 15))
        {
            var spoiled = whole.ToArray();
            spoiled[last + at] ^= 0x40;
            await File.WriteAllBytesAsync(file, spoiled);
            await OpensAtAsync(5, last);
        }
    }

    [Fact]
    public async Task Damage_before_the_last_segment_is_told_and_nothing_is_cut()
    {
        var settings = Plain with { SegmentBytes = 200 };
        using (var log = PartitionLog.Open(_home, settings, Services))
        {
            for (var i = 0; i < 10; i++)
            {
                await AppendAsync(log, 1);
            }
        }

        var first = Directory.GetFiles(_home, "*.log").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(first);
        bytes[16] = 9;
        await File.WriteAllBytesAsync(first, bytes);
        var damaged = Assert.Throws<DamagedLogException>(() => PartitionLog.Open(_home, settings, Services));
        Assert.Contains(first, damaged.Message, StringComparison.Ordinal);
        Assert.Equal(bytes.Length, new FileInfo(first).Length);
    }

    [Fact]
    public async Task A_read_ends_at_a_batch_and_takes_a_first_one_that_is_too_large_whole()
    {
        using var log = PartitionLog.Open(_home, Plain, Services);
        for (var i = 0; i < 100; i++)
        {
            await AppendAsync(log, 1, valueBytes: 5000);
        }

        var batch = Batches.Build(1, valueBytes: 5000).Length;
        using var some = log.Read(10, batch * 20, atLeastOne: true).Records!;
        Assert.Equal(0, some.Length % batch);
        Assert.InRange(some.Length, batch * 15, batch * 20);
        using var one = log.Read(10, 100, atLeastOne: true).Records!;
        Assert.Equal(batch, one.Length);
        Assert.Null(log.Read(10, 100, atLeastOne: false).Records);
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(101, 100, true).Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(-1, 100, true).Error);
    }

    [Fact]
    public async Task Reading_every_offset_gives_the_batch_that_holds_it_across_segments()
    {
        using var log = PartitionLog.Open(_home, Plain with { SegmentBytes = 2000 }, Services);
        for (var i = 0; i < 50; i++)
        {
            await AppendAsync(log, 3);
        }

        for (var offset = 0; offset < 150; offset++)
        {
            using var read = log.Read(offset, 1, atLeastOne: true).Records!;
            var bytes = new MemoryStream();
            await read.SendAsync(piece =>
            {
                bytes.Write(piece.Span);
                return ValueTask.CompletedTask;
            });
            Assert.Equal(offset / 3 * 3, BatchHeader.Read(bytes.ToArray()).BaseOffset);
        }
    }

    [Fact]
    public async Task Batches_older_than_the_retention_go_and_those_who_read_them_read_on()
    {
        using var log = PartitionLog.Open(_home, Plain with { Retention = TimeSpan.FromHours(8) }, Services);
        await AppendAsync(log, 5);
        _time.Advance(TimeSpan.FromHours(2));
        await AppendAsync(log, 5);
        log.EnforceRetention();
        Assert.Equal(new LogBounds(0, 10), log.Bounds);

        using var held = log.Read(0, 1, atLeastOne: true).Records!;
        _time.Advance(TimeSpan.FromHours(7));
        log.EnforceRetention();
        Assert.Equal(new LogBounds(5, 10), log.Bounds);
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(0, 1, true).Error);
        var sent = 0;
        await held.SendAsync(piece =>
        {
            sent += piece.Length;
            return ValueTask.CompletedTask;
        });
        Assert.Equal(held.Length, sent);

        _time.Advance(TimeSpan.FromHours(2));
        log.EnforceRetention();
        Assert.Equal(new LogBounds(10, 10), log.Bounds);
        Assert.Equal(0, Directory.GetFiles(_home, "*.log").Sum(f => new FileInfo(f).Length));
        Assert.Equal(10, (await AppendAsync(log, 1)).BaseOffset);
    }

    [Fact]
    public async Task A_partition_keeps_no_more_bytes_than_its_retention_and_one_segment()
    {
        using var log = PartitionLog.Open(_home, Plain with { RetentionBytes = 1024 * 1024 }, Services);
        for (var i = 0; i < 100; i++)
        {
            await AppendAsync(log, 1, valueBytes: 50_000);
            log.EnforceRetention();
        }

        var kept = Directory.GetFiles(_home, "*.log").Sum(f => new FileInfo(f).Length);
        Assert.InRange(kept, 700_000, 1024 * 1024 + 200_000);
        Assert.Equal(100, log.Bounds.HighWatermark);
    }

    [Fact]
    public async Task Deleted_records_stay_deleted_and_their_segments_leave_the_disk()
    {
        using (var log = PartitionLog.Open(_home, Plain, Services))
        {
            await AppendAsync(log, 5);
            await AppendAsync(log, 5);
            Assert.Equal((ErrorCode.None, 7L), log.DeleteBefore(7));
            Assert.Equal((ErrorCode.None, 7L), log.DeleteBefore(3));
            Assert.Equal(ErrorCode.OffsetOutOfRange, log.DeleteBefore(11).Error);
        }

        using var again = PartitionLog.Open(_home, Plain, Services);
        Assert.Equal(new LogBounds(7, 10), again.Bounds);
        Assert.Equal((ErrorCode.None, 10L), again.DeleteBefore(-1));
        Assert.Equal(0, Directory.GetFiles(_home, "*.log").Sum(f => new FileInfo(f).Length));
    }

    private static AppendResult Append(PartitionLog log, int records, int valueBytes = 10)
    {
        var batch = Batches.Build(records, valueBytes: valueBytes);
        return log.Append(batch, BatchHeader.Read(batch));
    }

    private static async Task<AppendResult> AppendAsync(PartitionLog log, int records, int valueBytes = 10)
    {
        var result = Append(log, records, valueBytes);
        Assert.True(await result.OnDisk);
        return result;
    }

    private async Task<string> WriteAsync(params int[] batches)
    {
        using var log = PartitionLog.Open(_home, Plain, Services);
        foreach (var records in batches)
        {
            await AppendAsync(log, records);
        }

        return Directory.GetFiles(_home, "*.log").Single();
    }

    private async Task OpensAtAsync(long offset, long length)
    {
        using var log = PartitionLog.Open(_home, Plain, Services);
        Assert.Equal(new LogBounds(0, offset), log.Bounds);
        Assert.Equal(length, new FileInfo(Directory.GetFiles(_home, "*.log").Single()).Length);
        Assert.Equal(offset, (await AppendAsync(log, 1)).BaseOffset);
    }
}
