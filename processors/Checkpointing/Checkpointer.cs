using KpTelemetry.Audit.Checkpointing;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Checkpointing;

/// <summary>
/// Signs a checkpoint of the access record each minute and each 10,000 entries, where there are new ones, and offers it to
/// the witness. Every process of the processors does; one of them finds something to sign. For one caller at a time.
/// </summary>
internal sealed class Checkpointer(CheckpointWriter writer, WitnessedCheckpoints witnessed, CheckpointMetrics metrics, TimeProvider time, ILogger<Checkpointer> logger)
{
    /// <summary>The longest that an entry is under no checkpoint.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>The most entries that are under none.</summary>
    public const long EveryEntries = 10_000;

    private long _signedAt = time.GetTimestamp();
    private long _signedSize;

    /// <summary>Signs where it is time to.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (time.GetElapsedTime(_signedAt) < Every && await writer.EntriesAsync(cancellation) - _signedSize < EveryEntries)
            return;
        _signedAt = time.GetTimestamp();
        var attempt = await writer.SignAsync(cancellation);
        if ((attempt.Signed ?? attempt.Last) is { } note)
            _signedSize = Checkpoint.TryParse(note.Text)!.Size;
        if (attempt.Refusal is { } refusal)
        {
            metrics.Refused();
            CheckpointLog.Refused(logger, refusal);
        }
        else if (attempt.Signed is { } signed)
        {
            metrics.Signed();
            CheckpointLog.Signed(logger, _signedSize);
            await OfferAsync(signed, cancellation);
        }
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
