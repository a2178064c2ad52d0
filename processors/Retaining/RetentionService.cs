using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Retaining;

/// <summary>Looks every hour at what may end, and soon again after a failure.</summary>
internal sealed class RetentionService(Retention retention, ProcessorStart start, TimeProvider time, ILogger<RetentionService> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Every;
            try
            {
                await retention.LookAsync(await start.WhenReadyAsync(stoppingToken), stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested && (BlockCarrier.IsOfStore(failure) || failure is KafkaUnavailableException or RecordUnavailableException))
            {
                RetentionLog.Waits(logger, failure.GetType().Name);
                pause = AfterFailure;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                RetentionLog.Failed(logger, failure.GetType().Name, failure.StackTrace ?? "");
                pause = AfterFailure;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>Composition of retention.</summary>
public static class RetainingServices
{
    /// <summary>Adds the service that ends keys and rotates the key-encryption key. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddSingleton<RetentionMetrics>();
        services.AddSingleton<KeyEndings>();
        services.AddSingleton<LegalHolds>();
        services.AddSingleton<IRecordDeletion>(provider => new KafkaDeletion(provider.GetRequiredService<KafkaPlace>().Bootstrap));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Retention>(provider));
        services.AddHostedService<RetentionService>();
        return services;
    }

    private sealed class KafkaDeletion(string bootstrap) : IRecordDeletion
    {
        public Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation) =>
            RecordDeletion.DeleteBeforeAsync(bootstrap, topic, offsets, cancellation);
    }
}
