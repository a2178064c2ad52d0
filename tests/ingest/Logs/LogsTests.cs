using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Xunit;
using ZstdSharp;

namespace KpTelemetry.Ingest.Tests.Logs;

public sealed class LogsTests
{
    private const string Line = """192.0.2.7 - - [17/May/2015:10:05:03 +0200] "GET /a;jsessionid=1/b?q=secret HTTP/1.1" 200 203 "https://user:pw@Search.Example/x?q=flu" "Mozilla/5.0 (X11; Linux x86_64)" """;

    [Fact]
    public async Task A_stored_line_is_minimised_sealed_and_stamped()
    {
        await using var ingest = await IngestServer.StartAsync();
        var answer = await PostAsync(ingest, Line + "\n");
        Assert.Equal(1, answer.GetProperty("accepted").GetInt64());
        Assert.Equal(JsonValueKind.Number, answer.GetProperty("receipts")[0].GetProperty("offset").ValueKind);

        var group = Assert.Single(ingest.ReadTopic(), group => group.Header.Kind == GroupKind.Telemetry);
        var row = Assert.Single(group.Rows);
        Assert.Equal(("sample", "192.0.2.7", "GET", "/a/b", "https://search.example/x", 200, 203L), (row.Site, row.Address, row.Method, row.Path, row.Referrer, row.Status, row.Bytes));
        Assert.Equal(DateTimeOffset.Parse("2015-05-17T08:05:03Z").ToUnixTimeMilliseconds(), row.TimeMs);
        Assert.Equal((1u, 1UL), (group.Header.Rows, group.Header.Sequence));
        Assert.DoesNotContain("192.0.2.7", Encoding.Latin1.GetString(group.Record));
    }

    [Fact]
    public async Task The_authenticated_user_travels_in_an_access_group_only()
    {
        await using var ingest = await IngestServer.StartAsync();
        await PostAsync(ingest, Line.Replace("- - [", "- jane.doe [", StringComparison.Ordinal) + "\n");

        var groups = ingest.ReadTopic();
        var row = Assert.Single(groups.SelectMany(group => group.Rows));
        Assert.True(row.Flags.HasFlag(EventFlags.SignedOn));
        Assert.DoesNotContain("jane", row.ToString());
        var access = Assert.Single(groups.SelectMany(group => group.Access?.Events ?? []));
        Assert.Equal(("jane.doe", "service-accessed", "/a/b", "web", "success"), (access.Member, access.Action, access.Service, access.Channel, access.Outcome));
    }

    [Fact]
    public async Task A_line_that_cannot_be_used_is_a_rejected_row_that_only_the_replay_key_opens()
    {
        await using var ingest = await IngestServer.StartAsync();
        var answer = await PostAsync(ingest, "no log line\n" + Line + "\n");
        Assert.Equal(1, answer.GetProperty("accepted").GetInt64());
        Assert.Equal(1, answer.GetProperty("rejected").GetProperty("malformed-line").GetInt64());

        var groups = ingest.ReadTopic();
        var rejected = Assert.Single(groups.SelectMany(group => group.Rows), row => row.Reason != Reason.None);
        Assert.Equal(("sample", Reason.MalformedLine, 0L), (rejected.Site, rejected.Reason, rejected.Position));
        var day = groups.First(group => group.Rows.Count > 0).Header.SealingKey["sealing/".Length..];
        using var keys = KeyStore.Open(ingest.Settings.KeysDirectory);
        using var replay = new Sealer(keys.Find("replay/" + day)!);
        Assert.Equal("no log line"u8, replay.Open(rejected.SealedLine, [])!);
    }

    [Fact]
    public async Task Every_encoding_says_the_same_and_every_refusal_stores_nothing()
    {
        await using var ingest = await IngestServer.StartAsync();
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Line + "\r\n", 3000)));
        var zstd = new Compressor().Wrap(lines).ToArray();
        var gzip = Gzip(lines);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, gzip[..(gzip.Length / 2)], "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, zstd[..(zstd.Length / 2)], "zstd"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, lines, "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(ingest, ZstdOfWindow(lines, log: 25), "zstd"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync(ingest, lines, "br"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(ingest, Gzip(new byte[17 * 1024 * 1024]), "gzip"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(ingest, new byte[17 * 1024 * 1024], null));
        Assert.DoesNotContain(ingest.ReadTopic(), group => group.Header.Kind == GroupKind.Telemetry);

        foreach (var (body, encoding) in new[] { (lines, null), (gzip, "gzip"), (zstd, "zstd"), (ZstdOfWindow(lines, log: 24), (string?)"zstd") })
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(ingest, body, encoding));
        Assert.Equal(12_000, ingest.ReadTopic().Sum(group => group.Rows.Count));
    }

    [Theory]
    [InlineData("/v1/logs?site=nowhere&format=auto", "unknown-site")]
    [InlineData("/v1/logs?format=auto", "unknown-site")]
    [InlineData("/v1/logs?site=sample&format=fancy", "unknown-format")]
    public async Task A_wrong_use_is_a_problem_with_a_stable_type(string address, string type)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var response = await ingest.Client.PostAsync(address, new StringContent(Line));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith(type, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task Without_a_key_nothing_is_taken_unless_a_setting_allows_loopback()
    {
        await using var ingest = await IngestServer.StartAsync();
        ingest.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, [], null));
        ingest.Client.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, [], null));
        // Routes match whatever the case of a path's letters.
        foreach (var path in new[] { "/V1/logs?site=sample", "/v1/LOGS?site=sample", "/V1/sites" })
        {
            using var response = await ingest.Client.PostAsync(path, new ByteArrayContent([]));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        await using var local = await IngestServer.StartAsync(environment: ("KP_ALLOW_LOOPBACK", "1"));
        local.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(local, [], null));
        local.Client.DefaultRequestHeaders.Add("Origin", "https://elsewhere.example");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(local, [], null));
    }

    [Fact]
    public async Task The_sample_log_is_accepted_whole()
    {
        if (Repository.SharedData("apache_combined_10k.log") is not { } sample)
        {
            Assert.Skip("the shared sample log is not beside the clone");
            return;
        }

        await using var ingest = await IngestServer.StartAsync();
        var answer = await PostAsync(ingest, await File.ReadAllBytesAsync(sample));
        Assert.Equal(10_000, answer.GetProperty("accepted").GetInt64());
        var groups = ingest.ReadTopic();
        var rows = groups.SelectMany(group => group.Rows).ToList();
        Assert.Equal(2_747_282_740, rows.Sum(row => row.Bytes));
        Assert.Equal([9126, 45, 164, 445, 2, 213, 2, 3], new[] { 200, 206, 301, 304, 403, 404, 416, 500 }.Select(status => rows.Count(row => row.Status == status)));
        Assert.Equal([1632, 2893, 2896, 2579], rows.GroupBy(row => row.TimeMs / 86_400_000).OrderBy(day => day.Key).Select(day => day.Count()));
        var places = groups.SelectMany(group => group.Rows.Select(row => (Visitor: (row.Address, row.Agent), group.Partition))).Distinct().ToList();
        Assert.Equal(2, places.Select(place => place.Partition).Distinct().Count());
        Assert.Equal(places.Count, places.Select(place => place.Visitor).Distinct().Count());
    }

    private static Task<JsonElement> PostAsync(IngestServer ingest, string body) => PostAsync(ingest, Encoding.UTF8.GetBytes(body));

    private static async Task<JsonElement> PostAsync(IngestServer ingest, byte[] body)
    {
        using var response = await ingest.Client.PostAsync("/v1/logs?site=sample&format=combined", new ByteArrayContent(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<HttpStatusCode> StatusAsync(IngestServer ingest, byte[] body, string? encoding)
    {
        using var content = new ByteArrayContent(body);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        // A refusal may come before the body is read, and then ends the connection that the body was sent on.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs?site=sample") { Content = content, Headers = { ExpectContinue = true } };
        using var response = await ingest.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static byte[] ZstdOfWindow(byte[] content, int log)
    {
        using var compressed = new MemoryStream();
        using (var stream = new CompressionStream(compressed))
        {
            stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, log);
            // In two writes, so that the frame is begun before its length is known: it then asks for the whole window.
            stream.Write(content.AsSpan(0, content.Length / 2));
            stream.Flush();
            stream.Write(content.AsSpan(content.Length / 2));
        }

        return compressed.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
            gzip.Write(content);
        return result.ToArray();
    }
}
