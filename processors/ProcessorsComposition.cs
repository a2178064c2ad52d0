using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Processors.Pipeline;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Reading;
using Npgsql;

namespace KpTelemetry.Processors;

/// <summary>The counting side of the processors, composed.</summary>
public static class ProcessorsComposition
{
    /// <summary>Adds stores, the block protocol, and the service that keeps a pipeline running for each partition.</summary>
    public static IServiceCollection AddCounting(this IServiceCollection services, KpSettings settings)
    {
        services.AddStores(settings);
        services.AddSingleton(_ => ReferenceData.Load(ReferenceData.DefaultDirectory));
        services.AddSingleton<PublishedPolicies>();
        services.AddSingleton<IBlockLedger, BlockLedger>();
        services.AddSingleton<IBlockStore, PendingStore>();
        services.AddSingleton<BlockProtocol>();
        services.AddSingleton<BlockCarrier>();
        services.AddSingleton(provider => new PartitionClaims(provider.GetRequiredService<NpgsqlDataSource>(), Owner));
        services.AddSingleton<ProcessorMetrics>();
        services.AddSingleton<ProcessorHealth>();
        services.AddSingleton<ProcessorStart>();
        services.AddSingleton<Func<TopicIdentity, Action<int, long>, PipelineParts>>(provider => (topic, reached) => Parts(provider, settings, topic, reached));
        services.AddHealthChecks().AddCheck<ProcessorHealth>("counting");
        services.AddHostedService<ProcessorsService>();
        return services;
    }

    // Says in kp.partitions who has claimed what; nothing is decided by it.
    private static string Owner => $"{Environment.MachineName}/{Environment.ProcessId}";

    private static void AddStores(this IServiceCollection services, KpSettings settings)
    {
        services.AddSingleton(provider => KeyStore.Open(settings.KeysDirectory, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => NpgsqlDataSource.Create(settings.Postgres));
        services.AddSingleton(_ => new ClickHouseStore(new ClickHouseOptions { Connection = settings.ClickHouse }));
        services.AddSingleton(new KafkaPlace(settings.Kafka));
        services.AddSingleton<RecordStore>();
        services.AddSingleton<AccessRecorder>();
    }

    private static PipelineParts Parts(IServiceProvider provider, KpSettings settings, TopicIdentity topic, Action<int, long> reached) => new(
        topic,
        provider.GetRequiredService<PartitionClaims>(),
        new KafkaSource(settings.Kafka, topic.Name, provider.GetRequiredService<ProcessorMetrics>(), provider.GetRequiredService<ILogger<KafkaSource>>()),
        provider.GetRequiredService<BlockCarrier>(),
        provider.GetRequiredService<ReferenceData>(),
        provider.GetRequiredService<KeyStore>(),
        provider.GetRequiredService<TimeProvider>(),
        new PipelineOptions(),
        provider.GetRequiredService<ProcessorMetrics>(),
        reached,
        provider.GetRequiredService<PublishedPolicies>().With);
}
