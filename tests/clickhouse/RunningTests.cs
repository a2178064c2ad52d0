using System.Net;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>Several statements at once, and their end before their time.</summary>
public sealed class RunningTests(SharedHost shared)
{
    private const string Endless = "SELECT sum(sipHash64(number, 1)) FROM numbers(1000000000000)";

    [Theory]
    [InlineData("query_id = '{0}'")]
    [InlineData("query_id IN ('{0}')")]
    [InlineData("`query_id` = '{0}'")]
    public async Task A_statement_is_killed_by_the_id_its_caller_gave(string condition)
    {
        var id = $"victim-{shared.NewTable()}";
        var victim = shared.Host.PostAsync(Endless, $"query_id={id}");
        await UntilRunningAsync(id, "1");
        await shared.Host.QueryAsync($"KILL QUERY WHERE {string.Format(null, condition, id)} SYNC");
        using var response = await victim;
        Assert.Equal("394", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
    }

    [Fact]
    public async Task Statements_leave_no_mappings_behind()
    {
        await using var host = await HostProcess.StartAsync();
        await RunManyAsync(host);
        var before = Mappings(host);
        await RunManyAsync(host);
        // A process may have 65,530; one that left two behind a statement ended after some thirty thousand.
        Assert.InRange(Mappings(host) - before, -200, 200);
    }

    private static Task RunManyAsync(HostProcess host) => Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await host.QueryAsync($"SELECT {i}"));

    private static int Mappings(HostProcess host) => File.ReadLines($"/proc/{host.ProcessId}/maps").Count();

    [Fact]
    public async Task A_statement_whose_client_went_away_is_killed()
    {
        var id = $"left-{shared.NewTable()}";
        using var leaving = new CancellationTokenSource();
        var query = shared.Host.Http.PostAsync(new Uri($"/?query_id={id}", UriKind.Relative), new StringContent(Endless), leaving.Token);
        await UntilRunningAsync(id, "1");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        await UntilRunningAsync(id, "0");
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_result_ends_its_statement()
    {
        var id = $"half-{shared.NewTable()}";
        using (var response = await shared.Host.Http.GetAsync(
            new Uri($"/?query_id={id}&query=SELECT+number+FROM+numbers(100000000000)", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[1_000_000]);
        }
        await UntilRunningAsync(id, "0");
    }

    [Fact]
    public async Task A_statement_whose_client_takes_nothing_can_be_killed()
    {
        var id = $"stuck-{shared.NewTable()}";
        using var response = await shared.Host.Http.GetAsync(
            new Uri($"/?query_id={id}&query=SELECT+number+FROM+numbers(100000000000)", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await UntilRunningAsync(id, "1");
        await shared.Host.QueryAsync($"KILL QUERY WHERE query_id = '{id}' SYNC");
        await UntilRunningAsync(id, "0");
    }

    [Fact]
    public async Task The_same_id_does_not_run_twice_at_once()
    {
        var id = $"twice-{shared.NewTable()}";
        var first = shared.Host.PostAsync(Endless, $"query_id={id}");
        await UntilRunningAsync(id, "1");
        using var second = await shared.Host.PostAsync("SELECT 1", $"query_id={id}");
        Assert.Equal("216", second.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        await shared.Host.QueryAsync($"KILL QUERY WHERE query_id = '{id}' SYNC");
        (await first).Dispose();
    }

    [Fact]
    public async Task Many_statements_at_once_are_all_answered()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => shared.Host.QueryAsync($"SELECT {i}, sum(number) FROM numbers(100000)")));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"{i}\t4999950000\n"), answers);
    }

    [Fact]
    public async Task Settings_of_one_request_do_not_reach_another()
    {
        await shared.Host.QueryAsync("SELECT 1", "max_block_size=777");
        Assert.NotEqual("777\n", await shared.Host.QueryAsync("SELECT value FROM system.settings WHERE name = 'max_block_size'"));
    }

    [Fact]
    public async Task Beyond_the_bound_a_statement_is_told_to_come_again()
    {
        await using var host = await HostProcess.StartAsync();
        using var end = new CancellationTokenSource();
        var queries = Enumerable.Range(0, 130).Select(_ => host.Http.PostAsync(new Uri("/", UriKind.Relative), new StringContent(Endless), end.Token)).ToList();
        using var refused = await await Task.WhenAny(queries);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("202", refused.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.NotNull(refused.Headers.RetryAfter);
        await end.CancelAsync();
        // Those whose clients left are killed, and there is room again.
        while (!(await AnswersAsync(host))) await Task.Delay(10);
    }

    private static async Task<bool> AnswersAsync(HostProcess host)
    {
        using var response = await host.PostAsync("SELECT count() FROM system.processes");
        return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync() == "1\n";
    }

    private async Task UntilRunningAsync(string id, string count)
    {
        while (await shared.Host.QueryAsync("SELECT count() FROM system.processes WHERE query_id = {query_id:String}", $"param_query_id={id}") != $"{count}\n")
            await Task.Delay(10);
    }
}
