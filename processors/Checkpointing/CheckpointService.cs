using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Checkpointing;

/// <summary>Looks each second whether a checkpoint is to be signed.</summary>
internal sealed class CheckpointService(Checkpointer checkpointer, ProcessorStart start, TimeProvider time, ILogger<CheckpointService> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await checkpointer.LookAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested && BlockCarrier.IsOfStore(failure))
            {
                CheckpointLog.Waits(logger, failure.GetType().Name);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                CheckpointLog.Failed(logger, failure.GetType().Name, failure.StackTrace ?? "");
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>Composition of checkpointing.</summary>
public static class CheckpointingServices
{
    /// <summary>Adds the service that signs checkpoints. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddCheckpointing(this IServiceCollection services)
    {
        // Read now: a setting that cannot be used is told at the start.
        var settings = CheckpointSettings.FromEnvironment();
        services.AddSingleton(settings);
        services.AddSingleton(provider => new CheckpointSigner(settings.Origin, provider.GetRequiredService<KeyStore>().GetOrCreate(KeyNames.Checkpoints)));
        services.AddSingleton(provider => CheckpointFile.Beside(provider.GetRequiredService<KeyStore>().Location));
        services.AddSingleton<CheckpointWriter>();
        services.AddSingleton<WitnessedCheckpoints>();
        services.AddSingleton<CheckpointMetrics>();
        services.AddSingleton<Checkpointer>();
        services.AddHostedService<CheckpointService>();
        return services;
    }
}
