using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Pipeline;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Checkpointing;

/// <summary>
/// Signs a checkpoint of the access record each minute and each 10,000 entries, where there are new ones, and offers it to
/// the witness. Every process of the processors does; one of them finds something to sign.
/// </summary>
internal sealed class CheckpointService(
    CheckpointWriter writer, WitnessedCheckpoints witnessed, CheckpointMetrics metrics, ProcessorStart start, TimeProvider time, ILogger<CheckpointService> logger) : BackgroundService
{
    /// <summary>The longest that an entry is under no checkpoint.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>The most entries that are under none.</summary>
    public const long EveryEntries = 10_000;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private long _signedAt = time.GetTimestamp();
    private long _signedSize;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (time.GetElapsedTime(_signedAt) >= Every || await writer.EntriesAsync(stoppingToken) - _signedSize >= EveryEntries)
                    await SignAsync(stoppingToken);
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

    private async Task SignAsync(CancellationToken cancellation)
    {
        _signedAt = time.GetTimestamp();
        var attempt = await writer.SignAsync(cancellation);
        if (attempt.Refusal is { } refusal)
        {
            metrics.Refused();
            CheckpointLog.Refused(logger, refusal);
            return;
        }

        if ((attempt.Signed ?? attempt.Last) is { } note)
            _signedSize = Checkpoint.TryParse(note.Text)!.Size;
        if (attempt.Signed is not { } signed)
            return;
        metrics.Signed();
        CheckpointLog.Signed(logger, _signedSize);
        await OfferAsync(signed, cancellation);
    }

    private async Task OfferAsync(SignedNote signed, CancellationToken cancellation)
    {
        if (await witnessed.OfferAsync(signed, cancellation) is not { } outcome)
            return;
        metrics.Offered(outcome);
        if (outcome == WitnessOutcome.Contradicts)
            CheckpointLog.Contradicted(logger, _signedSize);
        else if (outcome != WitnessOutcome.Cosigned)
            CheckpointLog.NotWitnessed(logger, _signedSize, outcome);
    }
}

/// <summary>Composition of checkpointing.</summary>
public static class CheckpointingServices
{
    /// <summary>Adds the service that signs checkpoints. Needs what <see cref="ProcessorsComposition.AddCounting"/> adds.</summary>
    public static IServiceCollection AddCheckpointing(this IServiceCollection services)
    {
        services.AddSingleton(_ => CheckpointSettings.FromEnvironment());
        services.AddSingleton(provider => new CheckpointSigner(provider.GetRequiredService<CheckpointSettings>().Origin, provider.GetRequiredService<KeyStore>().GetOrCreate(KeyNames.Checkpoints)));
        services.AddSingleton(provider => CheckpointFile.Beside(provider.GetRequiredService<KeyStore>().Location));
        services.AddSingleton<CheckpointWriter>();
        services.AddSingleton<WitnessedCheckpoints>();
        services.AddSingleton<CheckpointMetrics>();
        services.AddHostedService<CheckpointService>();
        return services;
    }
}
