using System.Globalization;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Schemas;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>The product's own way to ClickHouse, against the engine.</summary>
public sealed class StoreTests : IDisposable
{
    private readonly SharedHost _shared;
    private readonly ClickHouseStore _store;

    public StoreTests(SharedHost shared)
    {
        _shared = shared;
        _store = new ClickHouseStore(new ClickHouseOptions { Connection = $"http://127.0.0.1:{shared.Host.Port}" });
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task PingAsync_ServerAnswers_True() => Assert.True(await _store.PingAsync(CancellationToken.None));

    [Fact]
    public async Task PingAsync_NobodyListens_False()
    {
        using var nobody = new ClickHouseStore(new ClickHouseOptions { Connection = "http://127.0.0.1:9" });
        Assert.False(await nobody.PingAsync(CancellationToken.None));
    }

    [Fact]
    public async Task QueryAsync_WithParameters_ReadsRowsAsTheyArrive()
    {
        var rows = 0;
        await foreach (var n in _store.QueryAsync("SELECT number FROM numbers({n:UInt64})", x => x.GetFieldValue<ulong>(0), CancellationToken.None, ("n", 300_000UL)))
            Assert.Equal((ulong)rows++, n);
        Assert.Equal(300_000, rows);
    }

    [Fact]
    public async Task The_migrations_apply_twice_and_a_block_over_a_year_is_one_part_with_its_marker()
    {
        await _store.ExecuteAsync("CREATE DATABASE IF NOT EXISTS migrated", CancellationToken.None);
        using var store = new ClickHouseStore(new ClickHouseOptions { Connection = $"Host=127.0.0.1;Port={_shared.Host.Port};Database=migrated" });
        for (var i = 0; i < 2; i++) await ClickHouseMigrator.ApplyAsync(store, SchemasAssembly.Instance, "clickhouse/", CancellationToken.None);
        await store.ExecuteAsync("SYSTEM STOP MERGES pending", CancellationToken.None);
        var inserts = new MarkedInserts(store, "pending", ["log_day", "attempt", "site", "day", "table", "label", "requests"], TimeProvider.System);
        var rows = new RowBinaryWriter();
        for (var i = 0; i <= 50_000; i++)
        {
            rows.Write(new DateOnly(2026, 1, 2));
            rows.WriteUInt64(7);
            rows.Write("sample".AsSpan());
            rows.Write(new DateOnly(2025, 1, 1).AddDays(i % 366));
            rows.Write((byte)(i == 0 ? 0 : 1 + (i % 30)));
            rows.Write(string.Create(CultureInfo.InvariantCulture, $"/page/{i}").AsSpan());
            rows.WriteUInt64(i);
        }
        await inserts.InsertAsync(7, rows.Written, CancellationToken.None);
        Assert.Equal(1UL, await store.CountAsync("SELECT count() FROM system.parts WHERE database = 'migrated' AND table = 'pending' AND active", CancellationToken.None));
        Assert.Equal(50_001UL, await store.CountAsync("SELECT count() FROM pending", CancellationToken.None));
        Assert.True(await inserts.SettleAsync(7, CancellationToken.None));
        Assert.False(await inserts.SettleAsync(8, CancellationToken.None));
    }

    [Fact]
    public async Task SettleAsync_InsertStillRuns_EndsItAndFindsNothing()
    {
        var table = _shared.NewTable();
        await _store.ExecuteAsync($"CREATE TABLE {table} (attempt UInt64, `table` UInt8) ENGINE = MergeTree ORDER BY attempt", CancellationToken.None);
        var inserts = new MarkedInserts(_store, table, ["attempt", "table"], TimeProvider.System);
        using var endless = new EndlessRows();
        var insert = _store.InsertAsync(table, ["attempt", "table"], endless, inserts.QueryId(1), CancellationToken.None);
        while (!await _store.IsRunningAsync(inserts.QueryId(1), CancellationToken.None)) await Task.Delay(10);
        Assert.False(await inserts.SettleAsync(1, CancellationToken.None));
        endless.End();
        await Assert.ThrowsAnyAsync<Exception>(() => insert);
        Assert.Equal(0UL, await _store.CountAsync($"SELECT count() FROM {table}", CancellationToken.None));
    }

    [Fact]
    public async Task What_RowBinaryWriter_writes_is_read_back_equal()
    {
        var table = _shared.NewTable();
        await _store.ExecuteAsync($"CREATE TABLE {table} (i UInt64, n UInt64, d Date, b UInt8, s String) ENGINE = Memory", CancellationToken.None);
        var random = new Random(11);
        var rows = Enumerable.Range(0, 500).Select(_ => (
            N: random.NextInt64(), D: random.Next(65_536), B: (byte)random.Next(256),
            S: string.Concat(Enumerable.Range(0, random.Next(4) * random.Next(100)).Select(_ => (char)random.Next(1, 0xD800))))).ToArray();
        var writer = new RowBinaryWriter();
        for (var i = 0; i < rows.Length; i++)
        {
            writer.WriteUInt64(i);
            writer.WriteUInt64(rows[i].N);
            writer.Write(new DateOnly(1970, 1, 1).AddDays(rows[i].D));
            writer.Write(rows[i].B);
            writer.Write(rows[i].S.AsSpan());
        }
        using var stream = new MemoryStream(writer.Written.ToArray());
        await _store.InsertAsync(table, ["i", "n", "d", "b", "s"], stream, $"roundtrip-{table}", CancellationToken.None);
        var read = 0;
        await foreach (var (n, d, b, s) in _store.QueryAsync(
            $"SELECT n, toUInt16(d), b, hex(s) FROM {table} ORDER BY i",
            x => (x.GetFieldValue<ulong>(0), x.GetFieldValue<ushort>(1), x.GetFieldValue<byte>(2), x.GetString(3)), CancellationToken.None))
        {
            var (expectedN, expectedD, expectedB, expectedS) = rows[read++];
            Assert.Equal(((ulong)expectedN, (ushort)expectedD, expectedB), (n, d, b));
            Assert.Equal(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(expectedS)), s);
        }
        Assert.Equal(rows.Length, read);
    }

    [Fact]
    public void RowBinaryWriter_refuses_what_the_column_cannot_hold()
    {
        var writer = new RowBinaryWriter();
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteUInt64(-1));
        Assert.Throws<OverflowException>(() => writer.Write(new DateOnly(1969, 12, 31)));
        Assert.Throws<OverflowException>(() => writer.Write(new DateOnly(2149, 6, 7)));
    }

    /// <summary>Rows that trickle on until told to end.</summary>
    private sealed class EndlessRows : Stream
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = 40_000;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void End() => _end.TrySetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left <= 0)
            {
                await _end.Task.WaitAsync(cancellationToken);
                return 0;
            }
            var rows = Math.Min(_left, buffer.Length / 9);
            _left -= rows;
            // Noise, so that compression does not swallow the body before the host has read what it holds of the statement.
            new Random(5).NextBytes(buffer.Span[..(rows * 9)]);
            return rows * 9;
        }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
