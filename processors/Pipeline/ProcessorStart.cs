using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Postgres;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>Where Kafka is.</summary>
internal sealed record KafkaPlace(string Bootstrap);

/// <summary>What must be there before anything is counted: tables in both stores, the access record's, and the topic. Waits for stores that are not up yet.</summary>
internal sealed partial class ProcessorStart(
    NpgsqlDataSource database, RecordStore record, ClickHouseStore clickHouse, KafkaPlace kafka, KpSettings settings, TimeProvider time,
    ProcessorHealth health, ILogger<ProcessorStart> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Task<TopicIdentity>? _ready;

    /// <summary>Applies the migrations and makes the topic where it is missing: once, whoever asks first.</summary>
    public Task<TopicIdentity> WhenReadyAsync(CancellationToken stop)
    {
        lock (_gate)
            return _ready ??= PrepareAsync(stop);
    }

    private async Task<TopicIdentity> PrepareAsync(CancellationToken stop)
    {
        await UntilDoneAsync("PostgreSQL", async () =>
        {
            await PostgresMigrator.ApplyAsync(database, SchemasAssembly.Instance, "postgres/", stop);
            await record.ApplySchemaAsync(stop);
            return true;
        }, stop);
        await UntilDoneAsync("ClickHouse", async () =>
        {
            await ClickHouseMigrator.ApplyAsync(clickHouse, SchemasAssembly.Instance, "clickhouse/", stop);
            return true;
        }, stop);
        return await UntilDoneAsync("Kafka", () => TopicCatalog.EnsureAsync(kafka.Bootstrap, Topics.Raw, settings.Partitions, stop), stop);
    }

    private async Task<T> UntilDoneAsync<T>(string store, Func<Task<T>> start, CancellationToken stop)
    {
        while (true)
        {
            health.Starting($"waiting for {store}");
            try
            {
                return await start();
            }
            catch (Exception failure) when (!stop.IsCancellationRequested && (BlockCarrier.IsOfStore(failure) || failure is KafkaUnavailableException))
            {
                LogWaiting(store, failure.GetType().Name);
            }

            await Task.Delay(Pause, time, stop);
        }
    }

    [LoggerMessage(LogLevel.Warning, "waiting for {Store} ({Failure})")]
    private partial void LogWaiting(string store, string failure);
}
