using System.IO.Compression;
using System.Text;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>Compressed bodies both ways, through the tools themselves.</summary>
public sealed class EncodingTests(SharedHost shared)
{
    private string Url => $"http://127.0.0.1:{shared.Host.Port}/";

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("zstd", "zstd")]
    [InlineData("lz4", "lz4")]
    public async Task A_compressed_statement_is_read(string encoding, string program)
    {
        var body = await Curl.PipeAsync("SELECT sum(number) FROM numbers(100000)"u8.ToArray(), program, "-q", "-c");
        var answer = await Curl.RunAsync(body.Output, "-H", $"Content-Encoding: {encoding}", Url);
        Assert.Equal("4999950000\n", answer.Text);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("zstd", "zstd")]
    [InlineData("lz4", "lz4")]
    public async Task A_result_is_compressed_as_asked_for(string encoding, string program)
    {
        var answer = await Curl.RunAsync("-H", $"Accept-Encoding: {encoding}", $"{Url}?query=SELECT+number+FROM+numbers(1000000)");
        Assert.InRange(answer.Output.Length, 1, 6_000_000);
        var plain = await Curl.PipeAsync(answer.Output, program, "-q", "-d", "-c");
        Assert.Equal(0, plain.ExitCode);
        Assert.Equal(1_000_000, plain.Output.Count(x => x == '\n'));
    }

    [Theory]
    [InlineData("gzip, zstd, lz4", "zstd")]
    [InlineData("gzip;q=1, zstd;q=0", "gzip")]
    [InlineData("nothing-known", "")]
    public async Task The_best_of_what_is_accepted_is_taken(string accepted, string chosen)
    {
        var answer = await Curl.RunAsync("-D", "-", "-o", "/dev/null", "-H", $"Accept-Encoding: {accepted}", $"{Url}?query=SELECT+1");
        Assert.Equal(chosen.Length > 0, answer.Text.Contains($"Content-Encoding: {chosen}\r\n", StringComparison.Ordinal) && chosen.Length > 0);
        Assert.Equal(chosen.Length > 0, answer.Text.Contains("Content-Encoding", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compression_is_left_out_where_the_caller_says_so()
    {
        var answer = await Curl.RunAsync("-H", "Accept-Encoding: gzip", $"{Url}?enable_http_compression=0&query=SELECT+1");
        Assert.Equal("1\n", answer.Text);
    }

    [Fact]
    public async Task An_unknown_encoding_is_refused()
    {
        var answer = await Curl.RunAsync("SELECT 1"u8.ToArray(), "-H", "Content-Encoding: snappy", Url);
        Assert.StartsWith("Code: 89.", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public async Task A_body_that_is_not_what_it_says_is_refused(string encoding)
    {
        var answer = await Curl.RunAsync("SELECT 1"u8.ToArray(), "-H", $"Content-Encoding: {encoding}", Url);
        Assert.StartsWith("Code: 271.", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip", 1)]
    [InlineData("gzip", 5_000)]
    [InlineData("deflate", 1)]
    [InlineData("deflate", 5_000)]
    [InlineData("br", 1)]
    [InlineData("br", 5_000)]
    [InlineData("zstd", 1)]
    [InlineData("zstd", 5_000)]
    [InlineData("lz4", 1)]
    [InlineData("lz4", 5_000)]
    public async Task Data_that_end_too_early_are_refused_and_none_of_them_inserted(string encoding, int missing)
    {
        var table = shared.NewTable();
        await shared.Host.QueryAsync($"CREATE TABLE {table} (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
        var rows = await CompressAsync(encoding, InsertTests.Rows(0, 200_000));
        var answer = await Curl.RunAsync(rows[..^missing], "-H", $"Content-Encoding: {encoding}", $"{Url}?query=INSERT+INTO+{table}+FORMAT+RowBinary");
        Assert.StartsWith("Code: 271.", answer.Text, StringComparison.Ordinal);
        Assert.Equal("0\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
        Assert.Equal("", (await Curl.RunAsync(rows, "-H", $"Content-Encoding: {encoding}", $"{Url}?query=INSERT+INTO+{table}+FORMAT+RowBinary")).Text);
        Assert.Equal("200000\n", await shared.Host.QueryAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Compressed_data_behind_a_statement_in_the_url_are_inserted()
    {
        var table = shared.NewTable();
        await shared.Host.QueryAsync($"CREATE TABLE {table} (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
        var rows = await Curl.PipeAsync(InsertTests.Rows(0, 300_000), "lz4", "-q", "-c");
        var answer = await Curl.RunAsync(rows.Output, "-H", "Content-Encoding: lz4", "-H", "Transfer-Encoding: chunked", $"{Url}?query=INSERT+INTO+{table}+FORMAT+RowBinary");
        Assert.Equal("", answer.Text);
        Assert.Equal("300000\n", await shared.Host.QueryAsync($"SELECT uniqExact(id) FROM {table}"));
    }

    [Fact]
    public async Task An_error_in_a_compressed_answer_can_be_read()
    {
        var answer = await Curl.RunAsync("--compressed", "-H", "Accept-Encoding: gzip", $"{Url}?query=SELECT+nope");
        Assert.Contains("UNKNOWN_IDENTIFIER", Encoding.UTF8.GetString(answer.Output), StringComparison.Ordinal);
    }

    // .NET's own codecs stand for clients of .NET; the other two have none there.
    private static async Task<byte[]> CompressAsync(string encoding, byte[] data)
    {
        if (encoding is "zstd" or "lz4")
            return (await Curl.PipeAsync(data, encoding, "-q", "-c")).Output;
        using var compressed = new MemoryStream();
        using (Stream codec = encoding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(compressed, CompressionLevel.Fastest),
            _ => new BrotliStream(compressed, CompressionLevel.Fastest),
        })
            await codec.WriteAsync(data);
        return compressed.ToArray();
    }
}
