using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>An insert is one part, whole or not there, in every form a client may send it.</summary>
public sealed class InsertTests(SharedHost shared)
{
    private const string OneBlock =
        "async_insert=0&input_format_parallel_parsing=0&max_insert_block_size=1000000&min_insert_block_size_rows=1000000&min_insert_block_size_bytes=0&max_insert_threads=1";

    [Theory]
    [InlineData(1)]
    [InlineData(400_000)]
    [InlineData(999_999)]
    public async Task A_block_becomes_one_part(int rows)
    {
        var table = await NewTableAsync();
        await InsertAsync(table, Rows(0, rows));
        Assert.Equal($"1\t{rows}\n", await Parts(table));
    }

    [Fact]
    public async Task Blocks_inserted_at_once_become_one_part_each()
    {
        var table = await NewTableAsync();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => InsertAsync(table, Rows(i * 20_000, 20_000))));
        Assert.Equal("16\t320000\n", await Parts(table));
        Assert.Equal("320000\n", await shared.Host.QueryAsync($"SELECT uniqExact(id) FROM {table}"));
    }

    [Fact]
    public async Task A_block_that_spans_a_year_is_one_part_of_a_table_partitioned_by_log_day()
    {
        var table = shared.NewTable();
        await shared.Host.QueryAsync($"CREATE TABLE {table} (log_day Date, at Date, n UInt32) ENGINE = MergeTree PARTITION BY log_day ORDER BY at");
        var lines = string.Concat(Enumerable.Range(0, 366).Select(i => $"2026-01-02,{new DateOnly(2025, 1, 1).AddDays(i):yyyy-MM-dd},{i}\n"));
        await shared.Host.QueryAsync($"INSERT INTO {table} FORMAT CSV\n{lines}");
        Assert.Equal("1\t366\n", await Parts(table));
    }

    [Theory]
    [InlineData("INSERT INTO {0} FORMAT CSV\n1,a\n2,b\n")]
    [InlineData("insert into {0} (id, name) format CSV 1,a\n2,b")]
    [InlineData("INSERT INTO {0} FORMAT CSV SETTINGS format_csv_delimiter = '|'\n1|a\n2|b\n")]
    [InlineData("INSERT INTO {0} SETTINGS format_csv_delimiter = '|' FORMAT CSV\r\n1|a\n2|b\n")]
    [InlineData("INSERT INTO {0} FORMAT JSONEachRow\n{{\"id\":1,\"name\":\"a\"}}{{\"id\":2,\"name\":\"b\"}}")]
    [InlineData("INSERT INTO {0} VALUES (1, 'a'), (1 + 1, lower('B'));")]
    [InlineData("INSERT INTO {0}(name, id)VALUES('a',1)('b',2)")]
    [InlineData("/* FORMAT CSV */ INSERT INTO {0} -- VALUES\n SELECT number + 1, char(97 + number) FROM numbers(2)")]
    [InlineData("INSERT INTO {0} (SELECT 1, 'a' UNION ALL SELECT 2, 'b')")]
    [InlineData("INSERT INTO {0} WITH 2 AS two SELECT number + 1, if(number + 1 = two, 'b', 'a') FROM numbers(two)")]
    public async Task Every_form_of_insert_is_taken(string statement)
    {
        var table = await NewTableAsync();
        await shared.Host.QueryAsync(string.Format(CultureInfo.InvariantCulture, statement, table));
        Assert.Equal("1\ta\n2\tb\n", await shared.Host.QueryAsync($"SELECT * FROM {table} ORDER BY id"));
    }

    [Fact]
    public async Task The_statement_may_stand_in_the_url_and_the_data_in_the_body()
    {
        var table = await NewTableAsync();
        await shared.Host.QueryAsync("1\ta\n2\tb\n", $"query=INSERT+INTO+{table}+FORMAT+TSV");
        await shared.Host.QueryAsync("(3, 'c')", $"query=INSERT+INTO+{table}+VALUES");
        Assert.Equal("3\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Values_longer_than_a_statement_stream_in_without_expressions()
    {
        var table = await NewTableAsync();
        var values = string.Join(',', Enumerable.Range(0, 40_000).Select(i => $"({i}, 'name {i}')"));
        await shared.Host.QueryAsync($"INSERT INTO {table} VALUES {values}");
        Assert.Equal("40000\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
        using var refused = await shared.Host.PostAsync($"INSERT INTO {table} VALUES {values}, (file('/etc/hostname'), 'x')");
        Assert.False(refused.IsSuccessStatusCode);
        Assert.Equal("40000\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
    }

    [Theory]
    [InlineData("INSERT INTO {0}", "108")]
    [InlineData("INSERT INTO {0} FORMAT Nope\n1", "73")]
    [InlineData("INSERT INTO {0} (id, nope) FORMAT CSV\n1,2", "16")]
    [InlineData("INSERT INTO {0}_missing FORMAT CSV\n1,2", "60")]
    [InlineData("INSERT INTO {0} FORMAT CSV\nx,2", "27")]
    [InlineData("INSERT INTO {0} FORMAT RowBinary\n\u0001\u0001", "33")]
    public async Task A_wrong_insert_is_told_by_its_code_and_leaves_nothing(string statement, string code)
    {
        var table = await NewTableAsync();
        using var response = await shared.Host.PostAsync(string.Format(CultureInfo.InvariantCulture, statement, table));
        Assert.Equal(code, response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.Equal("0\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        var table = await NewTableAsync();
        var whole = await Curl.PipeAsync(Rows(0, 100_000), "zstd", "-q", "-c");
        var cut = await Curl.RunAsync(whole.Output[..(whole.Output.Length / 2)],
            "-H", "Content-Encoding: zstd", "-w", "%{http_code}", $"http://127.0.0.1:{shared.Host.Port}/?query=INSERT+INTO+{table}+FORMAT+RowBinary");
        Assert.EndsWith("500", cut.Text, StringComparison.Ordinal);
        Assert.Contains("CANNOT_DECOMPRESS", cut.Text, StringComparison.Ordinal);
        Assert.Equal("0\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Written_rows_are_in_the_summary()
    {
        var table = await NewTableAsync();
        using var response = await shared.Host.PostAsync($"INSERT INTO {table} FORMAT CSV\n1,a\n2,b\n");
        Assert.Contains("\"written_rows\":\"2\"", response.Headers.GetValues("X-ClickHouse-Summary").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acknowledged_parts_are_on_disk_by_default() => Assert.Equal(
        "fsync_after_insert\t1\nfsync_part_directory\t1\n",
        await shared.Host.QueryAsync("SELECT name, value FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory') ORDER BY name"));

    [Fact]
    public async Task Inserts_are_not_gathered_by_default() =>
        Assert.Equal("0\n", await shared.Host.QueryAsync("SELECT value FROM system.settings WHERE name = 'async_insert'"));

    private async Task<string> NewTableAsync()
    {
        var table = shared.NewTable();
        await shared.Host.QueryAsync($"CREATE TABLE {table} (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
        await shared.Host.QueryAsync($"SYSTEM STOP MERGES {table}");
        return table;
    }

    private Task<string> Parts(string table) =>
        shared.Host.QueryAsync($"SELECT count(), sum(rows) FROM system.parts WHERE table = '{table}' AND active AND database = 'default'");

    private async Task InsertAsync(string table, byte[] rows)
    {
        using var content = new ByteArrayContent([.. Encoding.ASCII.GetBytes($"INSERT INTO {table} (id, name) FORMAT RowBinary\n"), .. rows]);
        using var response = await shared.Host.Http.PostAsync(new Uri($"/?{OneBlock}", UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    internal static byte[] Rows(int first, int count)
    {
        var bytes = new MemoryStream();
        Span<byte> id = stackalloc byte[8];
        for (var i = first; i < first + count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(id, i);
            var name = Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            bytes.Write(id);
            bytes.WriteByte((byte)name.Length);
            bytes.Write(name);
        }
        return bytes.ToArray();
    }
}
