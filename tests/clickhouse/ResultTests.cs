using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>Headers, formats, parameters, long results, and errors at whatever point they come.</summary>
public sealed class ResultTests(SharedHost shared)
{
    private string Url => $"http://127.0.0.1:{shared.Host.Port}/";

    [Theory]
    [InlineData("/ping")]
    [InlineData("/")]
    public async Task It_says_ok(string path) => Assert.Equal("Ok.\n", await shared.Host.Http.GetStringAsync(new Uri(path, UriKind.Relative)));

    [Fact]
    public async Task The_headers_are_those_of_a_server()
    {
        using var response = await shared.Host.PostAsync("SELECT number FROM numbers(10) FORMAT JSONEachRow", "query_id=my-id-1");
        string Header(string name) => response.Headers.GetValues(name).Single();
        Assert.Equal("my-id-1", Header("X-ClickHouse-Query-Id"));
        Assert.Equal("JSONEachRow", Header("X-ClickHouse-Format"));
        Assert.NotEmpty(Header("X-ClickHouse-Timezone"));
        Assert.NotEmpty(Header("X-ClickHouse-Server-Display-Name"));
        Assert.Contains("\"result_rows\":\"10\"", Header("X-ClickHouse-Summary"), StringComparison.Ordinal);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("SELECT 1 AS a", "default_format=JSONCompactEachRow", "[1]\n")]
    [InlineData("SELECT 1 AS a FORMAT CSVWithNames", "default_format=JSON", "\"a\"\n1\n")]
    [InlineData("SELECT 1 AS format FORMAT TSVWithNames SETTINGS max_threads = 1", "", "format\n1\n")]
    [InlineData("SHOW TABLES FROM system LIKE 'one' FORMAT CSV", "", "\"one\"\n")]
    [InlineData("SELECT {a:String} || {b:Array(UInt8)}[2]::String", "param_a=x%27y&param_b=[1,2]", @"x\'y2" + "\n")]
    [InlineData("SELECT dummy FROM one", "database=system", "0\n")]
    [InlineData("SELECT value FROM system.settings WHERE name = 'max_block_size'", "max_block_size=1234", "1234\n")]
    [InlineData("EXISTS TABLE system.one", "", "1\n")]
    [InlineData("SELECT 1", "wait_end_of_query=1", "1\n")]
    [InlineData("SELECT 1 WHERE 0", "", "")]
    public async Task A_statement_is_answered(string statement, string parameters, string expected) =>
        Assert.Equal(expected, await shared.Host.QueryAsync(statement, parameters));

    [Theory]
    [InlineData("SELECT nope", 404, "47")]
    [InlineData("SELECT (", 400, "62")]
    [InlineData("SELECT * FROM nope", 404, "60")]
    [InlineData("SELECT 1 FORMAT Nope", 404, "73")]
    [InlineData("SELECT toUInt8('x')", 400, "6")]
    [InlineData("SELECT throwIf(1)", 500, "395")]
    [InlineData("SELECT throwIf(number = 1000000) FROM numbers(2000000) FORMAT Null", 500, "395")]
    [InlineData("SELECT sleep(3) SETTINGS max_execution_time = 1", 408, "159")]
    public async Task An_error_has_the_status_and_the_code_of_a_server(string statement, int status, string code)
    {
        using var response = await shared.Host.PostAsync(statement);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(code, response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.StartsWith($"Code: {code}. DB::Exception: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_after_the_first_bytes_ends_the_body_broken_and_marked()
    {
        var answer = await Curl.RunAsync("-D", "/dev/stderr", $"{Url}?query=SELECT+throwIf(number=600000),'a+long+row'+FROM+numbers(1000000)&max_threads=1");
        Assert.Equal(18, answer.ExitCode);
        Assert.Contains("\r\n__exception__\r\n", answer.Text, StringComparison.Ordinal);
        Assert.Contains("Code: 395.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_wait_end_of_query_a_late_error_has_its_status()
    {
        using var response = await shared.Host.PostAsync("SELECT throwIf(number = 900000) FROM numbers(1000000)", "wait_end_of_query=1");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task Fifty_million_rows_pass_through_flat_memory()
    {
        await using var host = await HostProcess.StartAsync();
        await host.QueryAsync("SELECT number FROM numbers(2000000) FORMAT Null");
        var before = host.ResidentBytes();
        using var curl = Process.Start(new ProcessStartInfo("curl")
        {
            ArgumentList = { "-sS", "-g", "-o", "/dev/null", "-w", "%{size_download}", $"http://127.0.0.1:{host.Port}/?query=SELECT+number+FROM+numbers(50000000)+FORMAT+RowBinary" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        long highest = 0;
        while (!curl.WaitForExit(20)) highest = Math.Max(highest, host.ResidentBytes());
        Assert.Equal(400_000_000, long.Parse(await curl.StandardOutput.ReadToEndAsync(), CultureInfo.InvariantCulture));
        Assert.InRange(highest - before, long.MinValue, 150_000_000);
    }

    [Fact]
    public async Task A_query_beyond_its_memory_ends_alone()
    {
        using var response = await shared.Host.PostAsync("SELECT groupArray(number) FROM numbers(1000000000) FORMAT Null");
        Assert.Equal("241", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.Equal("1\n", await shared.Host.QueryAsync("SELECT 1"));
    }

    [Fact]
    public async Task A_statement_too_long_is_told_and_may_be_allowed()
    {
        var long_ = $"SELECT length('{new string('x', 300_000)}')";
        using var response = await shared.Host.PostAsync(long_);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("300000\n", await shared.Host.QueryAsync(long_, "max_query_size=1000000"));
    }
}
