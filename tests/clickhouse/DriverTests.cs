using System.Net;
using System.Numerics;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.ADO.Parameters;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>The official client, as the product uses it.</summary>
public sealed class DriverTests(SharedHost shared) : IDisposable
{
    private readonly ClickHouseClient _client = new(new ClickHouseClientSettings { Host = "127.0.0.1", Port = (ushort)shared.Host.Port });

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task It_pings() => Assert.True(await _client.PingAsync());

    [Theory]
    [InlineData("toUInt8(1)", (byte)1)]
    [InlineData("toInt64(-5)", -5L)]
    [InlineData("toUInt64(18446744073709551615)", ulong.MaxValue)]
    [InlineData("toFloat64(1.5)", 1.5)]
    [InlineData("'text ж'", "text ж")]
    [InlineData("toFixedString('abc', 3)", null)]
    [InlineData("true", true)]
    [InlineData("NULL::Nullable(Int32)", null)]
    [InlineData("toLowCardinality('low')", "low")]
    public async Task A_value_is_read(string expression, object? expected)
    {
        var value = await _client.ExecuteScalarAsync($"SELECT {expression}");
        if (expression.Contains("Fixed", StringComparison.Ordinal)) Assert.NotNull(value);
        else Assert.Equal(expected ?? DBNull.Value, value);
    }

    [Fact]
    public async Task Values_of_composed_types_are_read()
    {
        using var reader = await _client.ExecuteReaderAsync(
            "SELECT toDate('2026-01-02'), toDateTime('2026-01-02 03:04:05', 'UTC'), toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), toDecimal64(1.25, 2), "
            + "toUUID('01020304-0506-0708-090a-0b0c0d0e0f10'), [1, 2]::Array(UInt16), ('a', 1)::Tuple(String, UInt8), map('k', 2), toIPv6('::1'), toInt128('170141183460469231731687303715884105727'), CAST('b', 'Enum8(\\'a\\' = 1, \\'b\\' = 2)')");
        Assert.True(await reader.ReadAsync());
        Assert.Equal(new DateTime(2026, 1, 2), reader.GetDateTime(0));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5), reader.GetDateTime(1));
        Assert.Equal(678, reader.GetDateTime(2).Millisecond);
        Assert.Equal(1.25m, reader.GetDecimal(3));
        Assert.Equal(Guid.Parse("01020304-0506-0708-090a-0b0c0d0e0f10"), reader.GetGuid(4));
        Assert.Equal(new ushort[] { 1, 2 }, reader.GetValue(5));
        Assert.Equal("a", ((System.Runtime.CompilerServices.ITuple)reader.GetValue(6))[0]);
        Assert.Equal(2, Convert.ToInt32(((System.Collections.IDictionary)reader.GetValue(7))["k"]));
        Assert.Equal(IPAddress.IPv6Loopback, reader.GetValue(8));
        Assert.Equal(BigInteger.Pow(2, 127) - 1, reader.GetValue(9));
        Assert.Equal("b", reader.GetValue(10));
    }

    [Fact]
    public async Task Parameters_are_bound_and_never_read_as_text()
    {
        var parameters = new ClickHouseParameterCollection
        {
            new ClickHouseDbParameter { ParameterName = "text", Value = "'; DROP TABLE x -- \\ \n ж" },
            new ClickHouseDbParameter { ParameterName = "number", Value = 42L },
            new ClickHouseDbParameter { ParameterName = "list", Value = new[] { "a'b", "c" } },
        };
        using var reader = await _client.ExecuteReaderAsync("SELECT {text:String}, {number:Int64} + 1, {list:Array(String)}", parameters);
        Assert.True(await reader.ReadAsync());
        Assert.Equal("'; DROP TABLE x -- \\ \n ж", reader.GetString(0));
        Assert.Equal(43L, reader.GetInt64(1));
        Assert.Equal(["a'b", "c"], (string[])reader.GetValue(2));
    }

    [Fact]
    public async Task A_connection_runs_ddl_and_reads_many_rows()
    {
        var table = shared.NewTable();
        await using var connection = new ClickHouseConnection($"Host=127.0.0.1;Port={shared.Host.Port};Compression=true");
        await connection.OpenAsync();
        async Task RunAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }
        await RunAsync($"CREATE TABLE {table} (n UInt64, day Date MATERIALIZED toDate('2026-01-01') + n % 3) ENGINE = MergeTree PARTITION BY day ORDER BY n");
        await RunAsync($"INSERT INTO {table} (n) SELECT number FROM numbers(200000)");
        await RunAsync($"ALTER TABLE {table} DROP PARTITION '2026-01-01'");
        await using var query = connection.CreateCommand();
        query.CommandText = $"SELECT n FROM {table} ORDER BY n";
        await using var reader = await query.ExecuteReaderAsync();
        var rows = 0;
        while (await reader.ReadAsync()) rows++;
        Assert.Equal(133_333, rows);
        await RunAsync($"DROP TABLE {table} SYNC");
    }

    [Fact]
    public async Task Raw_rows_compressed_become_one_part()
    {
        var table = shared.NewTable();
        await _client.ExecuteNonQueryAsync($"CREATE TABLE {table} (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
        await _client.ExecuteNonQueryAsync($"SYSTEM STOP MERGES {table}");
        using var rows = new MemoryStream(InsertTests.Rows(0, 400_000));
        var options = new QueryOptions { QueryId = $"kp-{table}-1", CustomSettings = new Dictionary<string, object> { ["async_insert"] = 0, ["insert_deduplication_token"] = "t" } };
        using var response = await _client.InsertRawStreamAsync(table, rows, "RowBinary", ["id", "name"], useCompression: true, options, CancellationToken.None);
        Assert.Equal(1UL, await _client.ExecuteScalarAsync($"SELECT count() FROM system.parts WHERE table = '{table}' AND active"));
        Assert.Equal(400_000UL, await _client.ExecuteScalarAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Rows_are_inserted_in_bulk()
    {
        var table = shared.NewTable();
        await _client.ExecuteNonQueryAsync($"CREATE TABLE {table} (id UInt64, name Nullable(String), tags Array(String)) ENGINE = MergeTree ORDER BY id");
        var rows = Enumerable.Range(0, 5_000).Select(i => new object?[] { (ulong)i, i % 2 == 0 ? null : $"n{i}", new[] { "a", "b" } });
        await _client.InsertBinaryAsync(table, ["id", "name", "tags"], rows!);
        Assert.Equal(2_500UL, await _client.ExecuteScalarAsync($"SELECT count(name) FROM {table} WHERE length(tags) = 2"));
    }

    [Theory]
    [InlineData("SELECT * FROM nowhere", 60)]
    [InlineData("SELECT", 62)]
    [InlineData("SELECT file('/etc/hostname')", 497)]
    [InlineData("SELECT throwIf(1)", 395)]
    public async Task An_error_has_its_code(string sql, int code)
    {
        var error = await Assert.ThrowsAsync<ClickHouseServerException>(() => _client.ExecuteScalarAsync(sql));
        Assert.Equal(code, error.ErrorCode);
    }

    [Fact]
    public async Task An_error_in_the_middle_of_a_result_is_an_error_for_the_reader()
    {
        using var reader = await _client.ExecuteReaderAsync("SELECT number, throwIf(number = 600000) FROM numbers(1000000) SETTINGS max_threads = 1");
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await reader.ReadAsync()) { }
        });
    }
}
