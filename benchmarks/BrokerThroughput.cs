using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KpTelemetry.Benchmarks;

/// <summary>
/// Messages and bytes a second into the embedded broker, a process of its own on the disk under the current directory,
/// beside librdkafka's mock cluster (in memory, in the producer's process, nothing kept) and beside dd on the same disk.
/// </summary>
internal static class BrokerThroughput
{
    private const string Topic = "bench";
    private const int Partitions = 2;
    private static readonly (int Bytes, int Count)[] Loads = [(300, 1_000_000), (20_000, 40_000)];

    public static int Run()
    {
        var home = Directory.CreateDirectory(Path.Combine(Environment.CurrentDirectory, $".bench-broker-{Environment.ProcessId}"));
        try
        {
            Report(home.FullName);
            return 0;
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static void Report(string home)
    {
        Console.WriteLine("idempotent producer, acks=all, 2 partitions, no compression");
        foreach (var (bytes, count) in Loads)
        {
            Print($"embedded broker, {bytes} B", AgainstBroker(Path.Combine(home, $"{bytes}"), bytes, count), bytes, count);
            Print($"librdkafka mock, {bytes} B", Produce(MockCluster(), bytes, count), bytes, count);
        }

        Console.WriteLine($"dd bs=1M count=512 conv=fsync      {Dd(home, "bs=1M", "count=512", "conv=fsync")}");
        Console.WriteLine($"dd bs=1M count=512 oflag=dsync     {Dd(home, "bs=1M", "count=512", "oflag=dsync")}");
        Console.WriteLine($"dd bs=300 count=2000 oflag=dsync   {Dd(home, "bs=300", "count=2000", "oflag=dsync")}");
    }

    private static void Print(string what, double seconds, int bytes, int count) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what,-28} {count / seconds,12:N0} messages/s {(double)bytes * count / seconds / 1e6,8:N0} MB/s"));

    private static double AgainstBroker(string home, int bytes, int count)
    {
        using var broker = BrokerProcess.Start(home);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Servers }).Build())
        {
            admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }]).GetAwaiter().GetResult();
        }

        var before = broker.CpuSeconds;
        var seconds = Produce(new ProducerConfig { BootstrapServers = broker.Servers }, bytes, count);
        var cpu = broker.CpuSeconds - before;
        Print($"  read back, {bytes} B", Consume(broker.Servers, count), bytes, count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  broker: {cpu:N1} s of processor time to take them, {broker.ResidentMegabytes:N0} MB resident afterwards"));
        return seconds;
    }

    private static ProducerConfig MockCluster()
    {
        var config = new ProducerConfig { BootstrapServers = "unused" };
        config.Set("test.mock.num.brokers", "1");
        return config;
    }

    private static double Produce(ProducerConfig config, int bytes, int count)
    {
        config.Acks = Acks.All;
        config.EnableIdempotence = true;
        config.LingerMs = 5;
        config.QueueBufferingMaxKbytes = 256 * 1024;
        config.QueueBufferingMaxMessages = 500_000;
        var value = new byte[bytes];
        new Random(1).NextBytes(value);
        var failed = 0;
        using var producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            while (!TryProduce(producer, new TopicPartition(Topic, i % Partitions), value, () => Interlocked.Increment(ref failed)))
            {
                producer.Poll(TimeSpan.FromMilliseconds(5));
            }
        }

        producer.Flush(TimeSpan.FromMinutes(2));
        return failed == 0 ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{failed} messages were not acknowledged");
    }

    private static bool TryProduce(IProducer<Null, byte[]> producer, TopicPartition to, byte[] value, Action failed)
    {
        try
        {
            producer.Produce(to, new Message<Null, byte[]> { Value = value }, report =>
            {
                if (report.Error.IsError)
                {
                    failed();
                }
            });
            return true;
        }
        catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private static double Consume(string servers, int count)
    {
        var config = new ConsumerConfig { BootstrapServers = servers, GroupId = "bench", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(Topic, p, Offset.Beginning)));
        var clock = Stopwatch.StartNew();
        for (var read = 0; read < count; read++)
        {
            _ = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException("messages are missing");
        }

        return clock.Elapsed.TotalSeconds;
    }

    private static string Dd(string home, params string[] arguments)
    {
        var start = new ProcessStartInfo("dd", ["if=/dev/zero", $"of={Path.Combine(home, "dd")}", .. arguments]) { RedirectStandardError = true, UseShellExecute = false };
        using var dd = Process.Start(start)!;
        var last = dd.StandardError.ReadToEnd().TrimEnd().Split('\n')[^1];
        dd.WaitForExit();
        return last;
    }
}
