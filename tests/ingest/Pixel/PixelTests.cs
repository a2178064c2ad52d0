using System.Net;
using System.Text;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Pixel;

public sealed class PixelTests
{
    [Fact]
    public async Task A_pixel_is_answered_as_a_gif_when_its_event_is_in_kafka()
    {
        await using var ingest = await IngestServer.StartAsync(environment: ("KP_TRUSTED_PROXIES", "127.0.0.0/8"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/b.gif?s=kp.org&p=/find%3Fq%3Dflu&r=https%3A%2F%2Fe.example%2Fx%3Fq%3D1&e=directions&t=My%20title");
        request.Headers.Add("X-Forwarded-For", "198.51.100.9");
        request.Headers.Add("User-Agent", "Mozilla/5.0 (X11)");
        using var response = await ingest.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("image/gif", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.StartsWith("GIF89a", Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()));

        var row = Assert.Single(ingest.ReadTopic().SelectMany(group => group.Rows));
        Assert.Equal(("kp.org", "198.51.100.9", "Mozilla/5.0 (X11)", "/find", "https://e.example/x", "directions"), (row.Site, row.Address, row.Agent, row.Path, row.Referrer, row.Event));
        Assert.True(row.Flags.HasFlag(EventFlags.Pixel));
    }

    [Fact]
    public async Task A_forwarding_header_counts_only_from_a_trusted_proxy()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/b.gif?s=kp.org&p=/");
        request.Headers.Add("X-Forwarded-For", "198.51.100.9");
        using var response = await ingest.Client.SendAsync(request);
        Assert.Equal("127.0.0.1", Assert.Single(ingest.ReadTopic().SelectMany(group => group.Rows)).Address);
    }

    [Theory]
    [InlineData("/b.gif?s=nowhere&p=/", null, Reason.UnknownSite)]
    [InlineData("/b.gif?p=/", null, Reason.UnknownSite)]
    [InlineData("/b.gif?s=kp.org", "kp.org", Reason.MissingField)]
    public async Task What_cannot_be_used_gets_the_pixel_too_and_is_a_rejected_row(string address, string? site, Reason reason)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var response = await ingest.Client.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var group = Assert.Single(ingest.ReadTopic(), group => group.Rows.Count > 0);
        var row = Assert.Single(group.Rows);
        Assert.Equal((site, reason, "", ""), (row.Site, row.Reason, row.Address, row.Agent));
        using var keys = KeyStore.Open(ingest.Settings.KeysDirectory);
        using var replay = new Sealer(keys.Find(group.Header.SealingKey.Replace("sealing", "replay", StringComparison.Ordinal))!);
        Assert.Equal($"{address["/b.gif".Length..]}\0127.0.0.1\0", Encoding.UTF8.GetString(replay.Open(row.SealedLine, [])!));
    }

    [Fact]
    public async Task Many_at_once_share_groups_and_each_is_stored_once()
    {
        await using var ingest = await IngestServer.StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) => (await ingest.Client.GetAsync($"/b.gif?s=kp.org&p=/{i}", cancel)).EnsureSuccessStatusCode());
        var groups = ingest.ReadTopic();
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"/{i}").Order(), groups.SelectMany(group => group.Rows).Select(row => row.Path).Order());
        Assert.True(groups.Count(group => group.Rows.Count > 0) < 500);
    }
}
