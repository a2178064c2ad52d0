using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Npgsql;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Replaying;

/// <summary>Rejected lines through parser and door again, with the processors' pointers told by the test.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private const string Common = "192.0.2.9 - - [09/Sep/2025:12:00:00 -0700] \"GET /a?q=1 HTTP/1.1\" 200 5120";

    private IngestServer _ingest = null!;
    private NpgsqlDataSource _database = null!;

    private sealed record Step(long Usable, Dictionary<string, long> Rejected, long Gone, Guid[] Imports, string? Next);

    public async ValueTask InitializeAsync()
    {
        _ingest = await IngestServer.StartAsync(environment: ("KP_TRUSTED_PROXIES", "127.0.0.0/8"));
        _database = NpgsqlDataSource.Create(_ingest.Settings.Postgres);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _ingest.DisposeAsync();
    }

    [Fact]
    public async Task Pixels_of_a_site_that_is_defined_later_have_their_page_time_address_and_agent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/b.gif?s=new-site&p=/find%3Fq%3Dflu&r=https%3A%2F%2Fe.example%2Fx%3Fq%3D1&e=directions");
        request.Headers.Add("X-Forwarded-For", "198.51.100.9");
        request.Headers.Add("User-Agent", "Mozilla/5.0 (X11)");
        using (await _ingest.Client.SendAsync(request))
            await PointAsync();
        Assert.Equal(1, (await ReplayAsync()).Rejected["unknown-site"]);
        await AddSiteAsync("new-site");

        var step = await ReplayAsync();

        Assert.Equal((1, 1), (step.Usable, step.Imports.Length));
        var group = Assert.Single(Sent());
        var row = Assert.Single(group.Rows);
        Assert.Equal(("new-site", "198.51.100.9", "Mozilla/5.0 (X11)", "/find", "https://e.example/x", "directions"), (row.Site, row.Address, row.Agent, row.Path, row.Referrer, row.Event));
        Assert.True(row.Flags.HasFlag(EventFlags.Pixel));
        Assert.Equal(Original().TimeMs, row.TimeMs);
        Assert.Equal((0, 1), (group.Header.File.From, group.Header.File.To));
        Assert.Equal(_ingest.Settings.Partitions, _ingest.ReadTopic().Count(g => g.Header.Kind == GroupKind.EndOfImport));

        ReceivedRow Original() => _ingest.ReadTopic().SelectMany(g => g.Rows).First(r => r.Reason == Reason.UnknownSite);
    }

    [Fact]
    public async Task Lines_that_the_parser_reads_now_are_sent_once_however_often_and_by_however_many()
    {
        await SendAsync("combined", Enumerable.Range(0, 300).Select(i => Common.Replace("2.9", $"2.{i % 250}", StringComparison.Ordinal)));
        await PointAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReplayAsync()));
        Assert.Equal(0, (await ReplayAsync()).Usable);

        var rows = Sent().SelectMany(group => group.Rows).ToArray();
        Assert.Equal(300, rows.Length);
        Assert.Equal(300, rows.Select(row => row.Position).Distinct().Count());
        Assert.All(rows, row => Assert.Equal(("sample", "/a", Reason.None), (row.Site, row.Path, row.Reason)));
        Assert.Equal(300, await ScalarAsync<long>("select count(*) from kp.rejected where replay is not null"));
    }

    [Fact]
    public async Task What_still_cannot_be_used_waits_and_is_not_sent()
    {
        await SendAsync("auto", ["no line at all", "another", Common + " \"-\" \"" + new string('x', 70_000)]);
        await PointAsync();

        var step = await ReplayAsync();

        Assert.Equal((0, 2, 1), (step.Usable, step.Rejected["malformed-line"], step.Gone));
        Assert.Empty(Sent());
        Assert.Equal(3, await ScalarAsync<long>("select count(*) from kp.rejected where replay is null"));
    }

    [Fact]
    public async Task A_dry_run_sends_nothing_and_a_filter_leaves_the_others()
    {
        await AddSiteAsync("other");
        await SendAsync("combined", [Common, Common]);
        await SendAsync("combined", [Common], "other");
        await PointAsync();

        Assert.Equal(3, (await ReplayAsync(new { dryRun = true })).Usable);
        Assert.Empty(Sent());
        Assert.Equal(0, (await ReplayAsync(new { reason = "bad-time" })).Usable);
        Assert.Equal(1, (await ReplayAsync(new { site = "other", reason = "malformed-line" })).Usable);

        Assert.Equal("other", Assert.Single(Sent().SelectMany(group => group.Rows)).Site);
    }

    [Fact]
    public async Task A_replay_that_was_killed_before_it_sent_goes_on_with_the_same_lines_to_the_same_partitions()
    {
        await SendAsync("combined", [Common, Common.Replace("/a", "/b", StringComparison.Ordinal)]);
        await PointAsync();
        var (source, import) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var key = KeyNames.State(Day());
        await ExecuteAsync($"insert into kp.sources (source, site, head, state_key, created_at) values ('{source}', 'sample', '', '{key}', now())");
        await ExecuteAsync($"insert into kp.imports (import, source, site, length, started_at) values ('{import}', '{source}', 'sample', 2, now())");
        // To the partition that today's routing would not choose, for one of them in any case.
        await ExecuteAsync($"update kp.rejected set replay = '{import}', position = n.n - 1, target = n.n - 1 from (select ctid as c, row_number() over (order by partition, \"offset\", row) as n from kp.rejected) n where kp.rejected.ctid = n.c");

        var step = await ReplayAsync();

        Assert.Equal((2, import), (step.Usable, Assert.Single(step.Imports)));
        Assert.Equal([(0, 0L), (1, 1L)], Sent().SelectMany(group => group.Rows.Select(row => (group.Partition, row.Position))).Order());
        Assert.Empty((await ReplayAsync()).Imports);
    }

    [Fact]
    public async Task Lines_that_name_a_member_go_to_the_access_record_again_with_their_place()
    {
        await SendAsync("combined", [Common.Replace("- - [", "- member-7 [", StringComparison.Ordinal)]);
        await PointAsync();

        await ReplayAsync();

        var access = Assert.Single(_ingest.ReadTopic(), group => group.Header.Kind == GroupKind.Access);
        Assert.Equal(("member-7", 0L), (access.Access!.Events[0].Member, access.Access.Events[0].Position));
        Assert.NotNull(access.Header.File);
    }

    [Fact]
    public async Task The_list_tells_how_many_since_and_until_and_never_a_line()
    {
        await SendAsync("combined", [Common, Common]);
        using (await _ingest.Client.GetAsync("/b.gif?s=nowhere&p=/secret"))
            await PointAsync();
        await ReplayAsync(new { site = "sample" });

        var text = await _ingest.Client.GetStringAsync("/v1/rejected");

        Assert.DoesNotContain("192.0.2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", text, StringComparison.Ordinal);
        using var list = JsonDocument.Parse(text);
        var (unknown, sample) = (list.RootElement[0], list.RootElement[1]);
        Assert.Equal(("", "unknown-site", 1), (unknown.GetProperty("site").GetString(), unknown.GetProperty("reason").GetString(), unknown.GetProperty("waiting").GetInt64()));
        Assert.Equal(Day().AddDays(15).ToDateTime(TimeOnly.MinValue), unknown.GetProperty("until").GetDateTimeOffset().UtcDateTime);
        Assert.Equal(Day().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), unknown.GetProperty("since").GetString());
        Assert.Equal(("sample", 0, 2), (sample.GetProperty("site").GetString(), sample.GetProperty("waiting").GetInt64(), sample.GetProperty("sent").GetInt64()));
    }

    [Fact]
    public async Task Lines_whose_replay_key_has_ended_are_gone()
    {
        await SendAsync("combined", [Common]);
        await PointAsync();
        using (var keys = KeyStore.Open(_ingest.Settings.KeysDirectory))
            keys.End(keys.Living("replay").Single());
        await _ingest.StopAsync();
        await _ingest.RestartAsync();

        var step = await ReplayAsync();

        Assert.Equal((0, 1), (step.Usable, step.Gone));
        Assert.Contains("\"gone\":1", await _ingest.Client.GetStringAsync("/v1/rejected"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_reason_format_or_cursor_is_refused()
    {
        foreach (var body in new object[] { new { reason = "nonsense" }, new { format = "nonsense" }, new { after = "nonsense" } })
        {
            using var response = await _ingest.Client.PostAsJsonAsync("/v1/rejected/replay", body);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    private async Task<Step> ReplayAsync(object? body = null)
    {
        while (true)
        {
            using var response = await _ingest.Client.PostAsJsonAsync("/v1/rejected/replay", body ?? new { });
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Step>())!;
            await Task.Delay(50);
        }
    }

    private async Task SendAsync(string format, IEnumerable<string> lines, string site = "sample")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        using var response = await _ingest.Client.PostAsync($"/v1/logs?site={site}&format={format}", content);
        response.EnsureSuccessStatusCode();
    }

    private async Task AddSiteAsync(string name)
    {
        using var response = await _ingest.Client.PostAsJsonAsync("/v1/sites", new { name, timezone = "UTC", events = new[] { "directions" } });
        response.EnsureSuccessStatusCode();
    }

    private IEnumerable<ReceivedGroup> Sent() => _ingest.ReadTopic().Where(group => group.Header is { Kind: GroupKind.Telemetry, File: not null });

    // The day on which the test's lines were received.
    private DateOnly Day() => DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(_ingest.ReadTopic().Max(group => group.Header.ReceivedToMs)).UtcDateTime);

    // As the processors would.
    private async Task PointAsync()
    {
        var topic = await TopicCatalog.EnsureAsync(_ingest.Settings.Kafka, Topics.Raw, _ingest.Settings.Partitions, CancellationToken.None);
        foreach (var group in _ingest.ReadTopic())
        {
            foreach (var (row, number) in group.Rows.Select((row, number) => (row, number)).Where(row => row.row.Reason != Reason.None))
                await ExecuteAsync($"insert into kp.rejected (topic, partition, \"offset\", row, site, reason, received_ms, seq) values ('{topic.Id}', {group.Partition}, {group.Offset}, {number}, '{row.Site}', {(int)row.Reason}, {group.Header.ReceivedToMs}, 1)");
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
