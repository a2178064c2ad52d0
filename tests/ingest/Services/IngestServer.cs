using System.Globalization;
using System.Net.Http.Headers;
using Confluent.Kafka;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Ingest.Tests.Services;

/// <summary>Ingest with a real database and a real broker of its own.</summary>
public sealed class IngestServer : IAsyncDisposable
{
    // What is answered is then in Kafka, however busy the machine is.
    private static readonly LaneOptions Patient = new() { SpoolAfter = Wait.Patience };

    private readonly Dictionary<string, string> _environment;
    private readonly LaneOptions _options;
    private WebApplication? _app;

    private IngestServer(Dictionary<string, string> environment, LaneOptions options, BrokerServer broker)
    {
        (_environment, _options, Broker) = (environment, options, broker);
        Settings = KpSettings.From(_environment.GetValueOrDefault);
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Settings.IngestPort}"), Timeout = Wait.Patience };
    }

    public BrokerServer Broker { get; }

    public KpSettings Settings { get; }

    /// <summary>A service of the running program.</summary>
    public T Get<T>() where T : notnull => _app!.Services.GetRequiredService<T>();

    /// <summary>With the local key.</summary>
    public HttpClient Client { get; }

    public Uri Operations => new($"http://127.0.0.1:{Settings.IngestOperationsPort}");

    public static async Task<IngestServer> StartAsync(BrokerServer? broker = null, LaneOptions? options = null, params (string Name, string Value)[] environment)
    {
        broker ??= await BrokerServer.StartAsync();
        var postgres = await PostgresServer.SharedAsync();
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KP_HOME"] = Directory.CreateTempSubdirectory("kp-ingest-").FullName,
            ["KP_PORT_BASE"] = Ports.Take(8).ToString(CultureInfo.InvariantCulture),
            ["KP_KAFKA"] = broker.Servers,
            ["KP_POSTGRES"] = await postgres.CreateDatabaseAsync(),
        };
        foreach (var (name, value) in environment)
            values[name] = value;
        var server = new IngestServer(values, options ?? Patient, broker);
        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts the service, again where it was stopped, and waits until it takes requests.</summary>
    public async Task RestartAsync()
    {
        var builder = ServiceHost.CreateBuilder([], Settings, IngestService.Identify(Settings));
        builder.Logging.ClearProviders();
        IngestService.Compose(builder, Settings, IngestSettings.From(_environment.GetValueOrDefault));
        builder.Services.AddSingleton(_options);
        _app = builder.Build();
        _app.UseOperations(IngestService.Identify(Settings));
        IngestService.Map(_app);
        await _app.StartAsync();
        var key = await File.ReadAllTextAsync(Path.Combine(Settings.KeysDirectory, "ingest-local"));
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        await Wait.UntilAsync(async () => (await Client.GetAsync(new Uri(Operations, "/health/ready"))).IsSuccessStatusCode);
    }

    public async Task StopAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Everything that is in the topic now, opened.</summary>
    public List<ReceivedGroup> ReadTopic()
    {
        using var keys = KeyStore.Open(Settings.KeysDirectory);
        using var opener = new GroupOpener(keys);
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { BootstrapServers = Broker.Servers, GroupId = "test", EnableAutoCommit = false }).Build();
        var groups = new List<ReceivedGroup>();
        for (var partition = 0; partition < Settings.Partitions; partition++)
        {
            var place = new TopicPartition(Topics.Raw, partition);
            var end = consumer.QueryWatermarkOffsets(place, Wait.Patience).High.Value;
            consumer.Assign(new TopicPartitionOffset(place, 0));
            for (long next = 0; next < end;)
            {
                var record = consumer.Consume(Wait.Patience) ?? throw new TimeoutException("the broker gave no record");
                next = record.Offset.Value + 1;
                groups.Add(ReceivedGroup.Open(opener, partition, record.Offset.Value, record.Message.Value));
            }
        }

        return groups;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        await Broker.DisposeAsync();
        Directory.Delete(Settings.Home, recursive: true);
    }
}
