using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Spooling;

public sealed class OutageTests
{
    private static readonly LaneOptions Impatient = new() { SpoolAfter = TimeSpan.FromMilliseconds(200) };

    [Fact]
    public async Task While_kafka_is_away_lines_are_stored_in_the_spool_and_go_first_when_it_is_back()
    {
        await using var ingest = await IngestServer.StartAsync(options: Impatient);
        await ingest.Broker.StopAsync();
        var answer = await PostAsync(ingest, "/first");
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("receipts")[0].GetProperty("offset").ValueKind);
        Assert.NotEmpty(Spooled(ingest));
        await PostAsync(ingest, "/second");

        await ingest.Broker.RestartAsync();
        await Wait.UntilAsync(() => Task.FromResult(Spooled(ingest).Length == 0));
        await PostAsync(ingest, "/third");
        Assert.Equal(["/first", "/second", "/third"], Paths(ingest.ReadTopic()));
    }

    [Fact]
    public async Task Spooled_groups_outlive_the_process_with_their_instance_and_sequence()
    {
        await using var ingest = await IngestServer.StartAsync(options: Impatient);
        await PostAsync(ingest, "/before");
        await ingest.Broker.StopAsync();
        await PostAsync(ingest, "/first");
        await ingest.StopAsync();
        Assert.NotEmpty(Spooled(ingest));

        await ingest.Broker.RestartAsync();
        await ingest.RestartAsync();
        await Wait.UntilAsync(() => Task.FromResult(Spooled(ingest).Length == 0));
        await PostAsync(ingest, "/second");
        var groups = ingest.ReadTopic();
        Assert.Equal(["/before", "/first", "/second"], Paths(groups).Distinct());
        var instances = groups.GroupBy(group => (group.Partition, group.Header.Instance)).ToList();
        Assert.All(instances.Select(instance => instance.Select(group => (int)group.Header.Sequence).Distinct().ToList()), sequences => Assert.Equal(Enumerable.Range(1, sequences.Count), sequences));
        // What was under way when the process ended may come twice, as the same bytes.
        Assert.All(groups.GroupBy(group => (group.Partition, group.Header.Instance, group.Header.Sequence)), same => Assert.Single(same.Select(group => Convert.ToHexString(group.Record)).Distinct()));
        Assert.Contains(groups, group => group.Header.Kind == GroupKind.Farewell);
    }

    [Fact]
    public async Task A_full_spool_is_answered_and_what_was_refused_is_not_stored()
    {
        await using var ingest = await IngestServer.StartAsync(options: Impatient, environment: ("KP_SPOOL_MB", "1"));
        await ingest.Broker.StopAsync();
        var stored = 0;
        while (true)
        {
            // Paths that do not compress, half a megabyte a request.
            using var response = await ingest.Client.PostAsync("/v1/logs?site=sample", new StringContent(string.Concat(Enumerable.Range(0, 1000).Select(_ => Line("/" + Convert.ToHexString(RandomNumberGenerator.GetBytes(250)).Insert(9, "z"))))));
            if (response.StatusCode == HttpStatusCode.OK)
            {
                Assert.InRange(++stored, 1, 20);
                continue;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.EndsWith("storage-full", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
            break;
        }

        await ingest.Broker.RestartAsync();
        await Wait.UntilAsync(() => Task.FromResult(Spooled(ingest).Length == 0));
        for (var i = 0; i < 8; i++)
            await PostAsync(ingest, $"/after/{i}");
        var groups = ingest.ReadTopic();
        Assert.True(stored * 1000 <= groups.Sum(group => group.Rows.Count));
        // A gap would have the processors wait for a group that never was.
        foreach (var lane in groups.GroupBy(group => (group.Partition, group.Header.Instance)))
            Assert.Equal(Enumerable.Range(1, (int)lane.Max(group => group.Header.Sequence)), lane.Select(group => (int)group.Header.Sequence).Distinct().Order());
    }

    [Fact]
    public async Task No_tick_tells_of_a_time_while_older_groups_wait()
    {
        await using var ingest = await IngestServer.StartAsync(options: Impatient with { TickEvery = TimeSpan.FromMilliseconds(50) });
        await ingest.Broker.StopAsync();
        var partition = (await PostAsync(ingest, "/first")).GetProperty("receipts")[0].GetProperty("partition").GetInt32();
        var spooled = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        var back = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await ingest.Broker.RestartAsync();
        await Wait.UntilAsync(() => Task.FromResult(Spooled(ingest).Length == 0));
        await Wait.UntilAsync(() => Task.FromResult(ingest.ReadTopic().Any(group => group.Partition == partition && group.Header.ReceivedFromMs > back)));
        Assert.DoesNotContain(ingest.ReadTopic(), group => group.Partition == partition && group.Header.Kind == GroupKind.Tick && group.Header.ReceivedFromMs > spooled && group.Header.ReceivedFromMs < back);
    }

    [Fact]
    public async Task Ticks_and_receipt_stamps_rise_with_the_sequence()
    {
        await using var ingest = await IngestServer.StartAsync(options: new LaneOptions { TickEvery = TimeSpan.FromMilliseconds(100), SpoolAfter = Wait.Patience });
        for (var i = 0; i < 5; i++)
            await PostAsync(ingest, $"/{i}");
        await Wait.UntilAsync(() => Task.FromResult(ingest.ReadTopic().Count(group => group.Header.Kind == GroupKind.Tick) > 4));
        foreach (var lane in ingest.ReadTopic().GroupBy(group => group.Partition))
        {
            Assert.Equal(Enumerable.Range(1, lane.Count()), lane.Select(group => (int)group.Header.Sequence));
            var stamps = lane.SelectMany(group => new[] { group.Header.ReceivedFromMs, group.Header.ReceivedToMs }).ToList();
            Assert.Equal(stamps.Order(), stamps);
        }
    }

    private static string Line(string path) => $"192.0.2.7 - - [17/May/2015:10:05:03 +0000] \"GET {path} HTTP/1.1\" 200 203 \"-\" \"Mozilla\"\n";

    private static async Task<JsonElement> PostAsync(IngestServer ingest, string path)
    {
        using var response = await ingest.Client.PostAsync("/v1/logs?site=sample", new ByteArrayContent(Encoding.ASCII.GetBytes(Line(path))));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string[] Spooled(IngestServer ingest) => Directory.GetFiles(ingest.Settings.SpoolDirectory, "*.spool", SearchOption.AllDirectories);

    private static IEnumerable<string> Paths(IEnumerable<ReceivedGroup> groups) => groups.SelectMany(group => group.Rows).Select(row => row.Path);
}
