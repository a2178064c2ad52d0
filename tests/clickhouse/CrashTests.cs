using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>Ends of the process, wanted and not, and starts that must fail in one line.</summary>
public sealed class CrashTests
{
    private const int BlockRows = 20_000;

    [Fact]
    public async Task Killed_while_inserting_it_keeps_what_it_acknowledged_and_whole_parts_only()
    {
        var home = HostProcess.NewHome();
        var random = new Random(20260101);
        var acknowledged = new List<int>();
        var next = 0;
        for (var round = 0; round < 3; round++)
        {
            await using var host = await StartOnAsync(home);
            await host.QueryAsync("CREATE TABLE IF NOT EXISTS t (block UInt32, n UInt32) ENGINE = MergeTree ORDER BY (block, n)");
            await AssertWholeAsync(host, acknowledged);
            next = await InsertUntilKilledAsync(host, next, acknowledged, TimeSpan.FromMilliseconds(random.Next(60)));
        }
        await using var last = await HostProcess.StartAsync(home);
        await AssertWholeAsync(last, acknowledged);
        Assert.NotEmpty(acknowledged);
        Assert.Equal(0, await last.StopAsync());
    }

    [Fact]
    public async Task Stopped_while_statements_run_it_ends_them_and_exits_cleanly()
    {
        await using var host = await HostProcess.StartAsync();
        await host.QueryAsync("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n");
        await host.QueryAsync("INSERT INTO t SELECT number FROM numbers(1000)");
        var query = host.PostAsync("SELECT sum(sipHash64(number, 1)) FROM numbers(1000000000000)", "query_id=running");
        while (await host.QueryAsync("SELECT count() FROM system.processes WHERE query_id = 'running'") != "1\n") await Task.Delay(10);
        Assert.Equal(0, await host.StopAsync());
        using var answer = await query;
        Assert.Equal("394", answer.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
    }

    [Fact]
    public async Task Data_and_tables_are_there_after_a_clean_restart()
    {
        var home = HostProcess.NewHome();
        await using (var host = await StartOnAsync(home))
        {
            await host.QueryAsync("CREATE DATABASE kp");
            await host.QueryAsync("CREATE TABLE kp.t (n UInt64) ENGINE = MergeTree ORDER BY n");
            await host.QueryAsync("INSERT INTO kp.t VALUES (1), (2)");
            await host.StopAsync();
        }
        await using var again = await HostProcess.StartAsync(home);
        Assert.Equal("3\n", await again.QueryAsync("SELECT sum(n) FROM t", "database=kp"));
    }

    [Fact]
    public async Task A_taken_port_is_told_in_one_line()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var home = HostProcess.NewHome();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await AssertFailsAsync(1, $"port {port} is taken", "--home", home, "--port", port, "--library", HostProcess.Library);
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_locked_directory_is_told_in_one_line()
    {
        await using var host = await HostProcess.StartAsync();
        await AssertFailsAsync(1, "another instance", "--home", host.Home, "--port", "0", "--library", HostProcess.Library);
        Assert.Equal("1\n", await host.QueryAsync("SELECT 1"));
    }

    [Fact]
    public async Task A_missing_library_is_told_in_one_line() =>
        await AssertFailsAsync(1, "npm ci", "--home", "/tmp/chhost-none", "--port", "0", "--library", "/nowhere/libchdb.so");

    [Theory]
    [InlineData("--port is a number", "--home", "/tmp/x", "--port", "many", "--library", "x")]
    [InlineData("--home is missing", "--port", "0", "--library", "x")]
    [InlineData("unknown argument --nope", "--nope", "1")]
    public async Task Wrong_arguments_are_told_in_one_line(string expected, params string[] arguments) => await AssertFailsAsync(2, expected, arguments);

    // The test ends homes itself: a home lives through several processes.
    private static Task<HostProcess> StartOnAsync(string home) => HostProcess.StartAsync(home, keepHome: true);

    // Two blocks are acknowledged; the third and those after it race the kill.
    private static async Task<int> InsertUntilKilledAsync(HostProcess host, int next, List<int> acknowledged, TimeSpan delay)
    {
        var rows = string.Concat(Enumerable.Range(0, BlockRows).Select(i => $",{i}\n"));
        var killing = Task.CompletedTask;
        for (var done = 0; ; done++)
        {
            if (done == 2) killing = KillAfterAsync(host, delay);
            var block = next++;
            try
            {
                await host.QueryAsync($"INSERT INTO t FORMAT CSV\n{rows.Replace(",", $"{block},", StringComparison.Ordinal)}");
                acknowledged.Add(block);
            }
            catch (HttpRequestException)
            {
                await killing;
                return next;
            }
        }
    }

    private static async Task KillAfterAsync(HostProcess host, TimeSpan delay)
    {
        await Task.Delay(delay);
        await host.KillAsync();
    }

    private static async Task AssertWholeAsync(HostProcess host, List<int> acknowledged)
    {
        var present = (await host.QueryAsync("SELECT block, count() FROM t GROUP BY block ORDER BY block")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(present, x => Assert.EndsWith($"\t{BlockRows}", x, StringComparison.Ordinal));
        var blocks = present.Select(x => int.Parse(x.AsSpan(0, x.IndexOf('\t', StringComparison.Ordinal)), CultureInfo.InvariantCulture)).ToHashSet();
        Assert.Empty(acknowledged.Except(blocks));
    }

    private static async Task AssertFailsAsync(int code, string expected, params string[] arguments)
    {
        using var process = HostProcess.Launch(arguments);
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
