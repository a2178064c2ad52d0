using System.Diagnostics;
using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Broker.Tests;

public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_what_it_cannot_keep_and_takes_more_once_there_is_room()
    {
        using var home = new TestHome();
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", home), "a small file system can be mounted by root only");
        try
        {
            var log = new RecordingLog();
            var options = new BrokerOptions { Home = Path.Combine(home, "h"), SegmentBytes = 256 * 1024 };
            var broker = await KafkaBroker.StartAsync(options, log: log);
            await Clients.CreateTopicAsync(broker.BootstrapServers, "t");
            using var client = await RawClient.ConnectAsync(broker.EndPoint);
            var acknowledged = 0;
            var answer = await client.ProduceAsync("t", Batches.Build(1, 7, 0, acknowledged, valueBytes: 50_000));
            while (answer.Error == 0)
            {
                acknowledged++;
                answer = await client.ProduceAsync("t", Batches.Build(1, 7, 0, acknowledged, valueBytes: 50_000));
            }

            Assert.Equal((short)ErrorCode.KafkaStorageError, answer.Error);
            Assert.Equal((long)acknowledged * Batches.Build(1, 7, 0, 0, valueBytes: 50_000).Length, Bytes(home, "*.log"));
            await AssertRefusedOffsetsAreCutBackAsync(client, home);
            Assert.Equal(acknowledged, Clients.ReadAll(broker.BootstrapServers, "t").Count);
            await broker.DisposeAsync();

            Assert.True(Run("mount", "-o", "remount,size=8m", home));
            await using var again = await KafkaBroker.StartAsync(options, log: log);
            using var next = await RawClient.ConnectAsync(again.EndPoint);
            Assert.Equal(new Produced(0, acknowledged), await next.ProduceAsync("t", Batches.Build(1, 7, 0, acknowledged, valueBytes: 50_000)));
            Assert.Equal(acknowledged + 1, Clients.ReadAll(again.BootstrapServers, "t").Count);
            Assert.Empty(log.Errors);
        }
        finally
        {
            Run("umount", home);
        }
    }

    private static async Task AssertRefusedOffsetsAreCutBackAsync(RawClient client, string home)
    {
        var metadata = new string('m', 1000);
        var sizes = new List<long> { Bytes(home, "group-offsets") };
        while (await client.CommitAsync("t", sizes.Count, metadata) == 0)
        {
            sizes.Add(Bytes(home, "group-offsets"));
        }

        Assert.True(sizes.Count > 1);
        Assert.Equal(sizes[^1], Bytes(home, "group-offsets"));
    }

    private static long Bytes(string home, string files) =>
        Directory.EnumerateFiles(home, files, SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
