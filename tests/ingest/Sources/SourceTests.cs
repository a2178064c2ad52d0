using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Sources;

public sealed class SourceTests
{
    private const int EveryLine = 1024 * 1024;

    private sealed record Registered(Guid Source, Guid Import, long ResumeAt, long ResumedRows);

    [Fact]
    public async Task A_file_is_known_again_when_it_grew_and_is_another_when_it_differs()
    {
        await using var ingest = await IngestServer.StartAsync();
        var first = await RegisterAsync(ingest, Lines(0, 10));
        await EndAsync(ingest, first);
        var grown = await RegisterAsync(ingest, Lines(0, 20));
        Assert.Equal((first.Source, 0L), (grown.Source, grown.ResumeAt));
        Assert.NotEqual(first.Import, grown.Import);
        await EndAsync(ingest, grown);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 20))).Source);

        Assert.NotEqual(first.Source, (await RegisterAsync(ingest, Lines(0, 9) + Lines(50, 30))).Source);
        // The same up to the first known end, and other lines up to the second: another file from its beginning.
        Assert.NotEqual(first.Source, (await RegisterAsync(ingest, Lines(0, 10) + Lines(50, 30))).Source);
        Assert.NotEqual(first.Source, (await RegisterAsync(ingest, Lines(0, 10), "kp.org")).Source);
    }

    [Fact]
    public async Task A_shorter_file_is_a_copy_where_its_checkpoints_agree_and_has_a_sending_of_its_own()
    {
        await using var ingest = await IngestServer.StartAsync();
        var first = await RegisterAsync(ingest, Lines(0, 10));
        var grown = await RegisterAsync(ingest, Lines(0, 40));
        Assert.Equal((first.Source, first.Import), (grown.Source, grown.Import));

        var fork = await RegisterAsync(ingest, Lines(0, 10) + Lines(70, 15));
        Assert.NotEqual(first.Source, fork.Source);
        Assert.NotEqual(first.Source, (await RegisterAsync(ingest, Lines(0, 24) + Lines(90, 1))).Source);

        var copy = await RegisterAsync(ingest, Lines(0, 25));
        Assert.Equal(first.Source, copy.Source);
        Assert.NotEqual(first.Import, copy.Import);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 5))).Source);
        // Cut within a line, as a copy of a file that was being written is; whatever stands there, the whole is known again.
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 25)[..^7])).Source);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 30) + "192.0.2.1 - - [x")).Source);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 40))).Source);
        Assert.Equal(fork.Source, (await RegisterAsync(ingest, Lines(0, 10) + Lines(70, 20))).Source);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 60))).Source);
    }

    [Fact]
    public async Task A_file_that_grows_often_stays_one_source()
    {
        await using var ingest = await IngestServer.StartAsync();
        var first = await RegisterAsync(ingest, Lines(0, 1));
        for (var lines = 2; lines <= 40; lines++)
            Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, lines))).Source);
        Assert.Equal(first.Source, (await RegisterAsync(ingest, Lines(0, 3))).Source);
        Assert.NotEqual(first.Source, (await RegisterAsync(ingest, Lines(0, 20) + Lines(60, 30))).Source);

        // However often it grew, what is compared next time stays small.
        await using var database = Npgsql.NpgsqlDataSource.Create(ingest.Settings.Postgres);
        await using var command = database.CreateCommand("select count(*) from kp.source_lengths where source = $1");
        command.Parameters.AddWithValue(first.Source);
        Assert.InRange((long)(await command.ExecuteScalarAsync())!, 1, 16);
    }

    [Fact]
    public async Task Senders_that_tell_of_one_new_file_at_once_are_given_one_source()
    {
        await using var ingest = await IngestServer.StartAsync();
        for (var file = 0; file < 10; file++)
        {
            var lines = Lines(100 * file, 5);
            var told = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RegisterAsync(ingest, lines)));
            Assert.Single(told.Select(registered => (registered.Source, registered.Import)).Distinct());
        }
    }

    [Fact]
    public async Task A_chain_that_is_none_is_refused()
    {
        await using var ingest = await IngestServer.StartAsync();
        var bytes = Encoding.ASCII.GetBytes(Lines(0, 3));
        var chain = Chain(bytes);
        foreach (var bad in new[] { chain[..^1], [.. chain, .. chain], new byte[12] })
        {
            using var response = await ingest.Client.PostAsJsonAsync("/v1/sources", Description("sample", bytes, [bytes.Length], bad));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_part_beyond_the_file_is_refused_until_the_file_has_grown()
    {
        await using var ingest = await IngestServer.StartAsync();
        var import = await RegisterAsync(ingest, Lines(0, 3));
        var grown = Lines(0, 5);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, import.Import, grown, 0, grown.Length));
        Assert.Equal(import.Import, (await RegisterAsync(ingest, grown)).Import);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ingest, import.Import, grown, 0, grown.Length));
    }

    [Fact]
    public async Task An_interrupted_sending_goes_on_where_it_was_without_gaps()
    {
        await using var ingest = await IngestServer.StartAsync();
        var file = Lines(10, 30);
        var import = await RegisterAsync(ingest, file);
        var third = file.Length / 3;
        await SendAsync(ingest, import, file, 0, third);
        await SendAsync(ingest, import, file, third * 2, file.Length);
        var again = await RegisterAsync(ingest, file);
        Assert.Equal((import.Import, (long)third, 10L), (again.Import, again.ResumeAt, again.ResumedRows));
        await SendAsync(ingest, import, file, third, third * 2);
        again = await RegisterAsync(ingest, file);
        Assert.Equal((import.Import, (long)file.Length, 30L), (again.Import, again.ResumeAt, again.ResumedRows));
    }

    [Fact]
    public async Task A_file_that_is_sent_for_long_gets_a_new_state_key_before_its_old_one_ends()
    {
        await using var ingest = await IngestServer.StartAsync();
        var file = Lines(0, 20);
        var half = file.IndexOf('\n', file.Length / 2) + 1;
        var import = await RegisterAsync(ingest, file);
        await SetStateKeyAsync(ingest, "state/2020-01-01");
        await ingest.StopAsync();
        await ingest.RestartAsync();

        await SendAsync(ingest, import, file, 0, half);
        await SetStateKeyAsync(ingest, "state/2020-01-01");
        Assert.Equal(import.Import, (await RegisterAsync(ingest, file)).Import);
        await SendAsync(ingest, import, file, half, file.Length);

        var named = ingest.ReadTopic().Where(group => group.Header.Kind == GroupKind.Telemetry).Select(group => group.Header.StateKey).Distinct();
        Assert.Equal($"state/{TimeProvider.System.GetUtcNow():yyyy-MM-dd}", Assert.Single(named));
    }

    private static async Task SetStateKeyAsync(IngestServer ingest, string key)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(ingest.Settings.Postgres);
        await using var command = database.CreateCommand("update kp.sources set state_key = $1");
        command.Parameters.AddWithValue(key);
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task Groups_of_a_file_name_positions_ranges_and_the_end()
    {
        await using var ingest = await IngestServer.StartAsync();
        // Long paths that all differ, so that each request has several groups for each partition.
        var file = Lines(0, 40_000).Replace("/page/", "/page/of/a/site/whose/addresses/are/long/enough/to/fill/a/group/soon/", StringComparison.Ordinal);
        var import = await RegisterAsync(ingest, file);
        var half = file.IndexOf('\n', file.Length / 2) + 1;
        await SendAsync(ingest, import, file, 0, half);
        await SendAsync(ingest, import, file, half, file.Length);
        await EndAsync(ingest, import);

        var groups = ingest.ReadTopic();
        Assert.Equal(40_000, groups.Sum(group => group.Rows.Count));
        Assert.All(groups.SelectMany(group => group.Rows), row => Assert.Equal(row.Path, PathAt(file, row.Position)));
        foreach (var lane in groups.Where(group => group.Header.Kind == GroupKind.Telemetry).GroupBy(group => group.Partition))
        {
            Assert.True(lane.Count() > 2);
            Assert.Equal((0L, (long)file.Length), (lane.First().Header.File.From, lane.Last().Header.File.To));
            Assert.All(lane.Zip(lane.Skip(1)), pair => Assert.Equal(pair.First.Header.File.To, pair.Second.Header.File.From));
            Assert.All(lane, group => Assert.All(group.Rows, row => Assert.InRange(row.Position, group.Header.File.From, group.Header.File.To - 1)));
            Assert.All(lane, group => Assert.Equal(import.Source, new Guid(group.Header.File.Source.Span, bigEndian: true)));
        }

        Assert.Equal([0, 1], groups.Where(group => group.Header.Kind == GroupKind.EndOfImport).Select(group => group.Partition));
        var progress = await ingest.Client.GetFromJsonAsync<JsonElement>($"/v1/imports/{import.Import}");
        Assert.Equal((true, false, 40_000L), (progress.GetProperty("ended").GetBoolean(), progress.GetProperty("counted").GetBoolean(), progress.GetProperty("sentRows").GetInt64()));
    }

    [Fact]
    public async Task A_large_import_ends_in_parts_and_then_as_a_whole()
    {
        await using var ingest = await IngestServer.StartAsync();
        var file = Lines(0, 200_000);
        var import = await RegisterAsync(ingest, file);
        var (third, middle) = (file.IndexOf('\n', file.Length / 3) + 1, file.IndexOf('\n', 2 * file.Length / 3) + 1);
        foreach (var (from, to) in new[] { (0, third), (third, middle), (middle, file.Length) })
            await SendAsync(ingest, import, file, from, to);
        await EndAsync(ingest, import);

        var marks = ingest.ReadTopic().Where(group => group.Header.File is not null && group.Header.Kind != GroupKind.Telemetry).GroupBy(group => group.Partition);
        Assert.All(marks, ofPartition => Assert.Equal(
            [(GroupKind.EndingImport, 1u, 2u), (GroupKind.EndOfImport, 0u, 0u)],
            ofPartition.Select(mark => (mark.Header.Kind, mark.Header.File.Part, mark.Header.File.Parts))));
    }

    [Fact]
    public async Task A_range_that_is_not_the_bodys_is_refused_and_the_start_of_a_long_line_stands_for_it()
    {
        await using var ingest = await IngestServer.StartAsync();
        var file = Lines(0, 3);
        var import = await RegisterAsync(ingest, file);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, import.Import, file, 0, file.Length - 1));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, import.Import, file, 0, file.Length + 1));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(ingest, Guid.Empty, file, 0, file.Length));
        var longLine = new string('x', 200_000);
        var other = await RegisterAsync(ingest, longLine + "\n");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ingest, other.Import, longLine[..70_000], 0, longLine.Length + 1));
        Assert.Equal(Reason.LineTooLong, Assert.Single(ingest.ReadTopic().SelectMany(group => group.Rows)).Reason);
    }

    [Fact]
    public async Task Sites_are_defined_once()
    {
        await using var ingest = await IngestServer.StartAsync();
        var site = new { name = "shop", timezone = "Europe/Berlin", hosts = new[] { "Shop.Example" } };
        Assert.Equal(HttpStatusCode.Created, (await ingest.Client.PostAsJsonAsync("/v1/sites", site)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ingest.Client.PostAsJsonAsync("/v1/sites", site)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "shop", timezone = "UTC" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "Shop!", timezone = "UTC" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Client.PostAsJsonAsync("/v1/sites", new { name = "shop-of-123-45-6789", timezone = "UTC" })).StatusCode);
        Assert.Contains("shop", (await ingest.Client.GetFromJsonAsync<JsonElement>("/v1/sites")).EnumerateArray().Select(known => known.GetProperty("name").GetString()));
    }

    private static string Lines(int from, int count) =>
        string.Concat(Enumerable.Range(from, count).Select(i => $"192.0.2.{i % 200} - - [17/May/2015:10:05:{i % 60:d2} +0000] \"GET /page/{i:d8} HTTP/1.1\" 200 {i} \"-\" \"Mozilla/{i % 7}\"\n"));

    private static string PathAt(string file, long position) => file.Substring((int)position, 160).Split(' ', 8)[6];

    private static async Task<Registered> RegisterAsync(IngestServer ingest, string file, string site = "sample")
    {
        var bytes = Encoding.ASCII.GetBytes(file);
        var candidates = await PostAsync<JsonElement>(ingest, "/v1/sources/candidates", new { site, head = HeadOf(bytes), length = bytes.Length });
        var lengths = candidates.GetProperty("lengths").EnumerateArray().Select(length => length.GetInt64()).Append(bytes.Length).Distinct();
        return await PostAsync<Registered>(ingest, "/v1/sources", Description(site, bytes, lengths, bytes.Length < EveryLine ? Chain(bytes) : []));
    }

    private static object Description(string site, byte[] bytes, IEnumerable<long> lengths, byte[] chain) => new
    {
        site,
        head = HeadOf(bytes),
        length = bytes.Length,
        digests = lengths.Select(length => new { length, digest = SHA256.HashData(bytes.AsSpan(0, (int)length)) }),
        chain,
    };

    private static byte[] HeadOf(byte[] bytes) => SHA256.HashData(bytes.AsSpan(0, Array.IndexOf(bytes, (byte)'\n') + 1));

    // A checkpoint at the end of each line.
    private static byte[] Chain(byte[] bytes)
    {
        using var chain = new MemoryStream();
        var (line, before) = (Array.IndexOf(bytes, (byte)'\n') + 1, 0);
        for (; line > 0; (before, line) = (line, Array.IndexOf(bytes, (byte)'\n', line) + 1))
        {
            chain.Write(BitConverter.GetBytes((uint)(line - before)));
            chain.Write(SHA256.HashData(bytes.AsSpan(0, line)).AsSpan(0, 8));
        }

        return chain.ToArray();
    }

    private static async Task<T> PostAsync<T>(IngestServer ingest, string address, object body)
    {
        using var response = await ingest.Client.PostAsJsonAsync(address, body);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<T>())!;
    }

    private static async Task SendAsync(IngestServer ingest, Registered import, string file, int from, int to) =>
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ingest, import.Import, file[from..to], from, to));

    private static async Task<HttpStatusCode> StatusAsync(IngestServer ingest, Guid import, string content, long from, long to)
    {
        using var body = new ByteArrayContent(Encoding.ASCII.GetBytes(content));
        body.Headers.ContentRange = new ContentRangeHeaderValue(from, to - 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs?site=sample") { Content = body, Headers = { { "Kp-Import", import.ToString() } } };
        using var response = await ingest.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task EndAsync(IngestServer ingest, Registered import)
    {
        using var response = await ingest.Client.PostAsync($"/v1/imports/{import.Import}/end", null);
        response.EnsureSuccessStatusCode();
    }
}
