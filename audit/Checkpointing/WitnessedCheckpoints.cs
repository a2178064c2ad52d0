namespace KpTelemetry.Audit.Checkpointing;

/// <summary>Has checkpoints cosigned by the witness that the settings name, and keeps what it signs. For one caller at a time.</summary>
public sealed class WitnessedCheckpoints(CheckpointWriter writer, CheckpointSettings settings) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Deadline };
    private long _seen;

    /// <summary>Offers a checkpoint that is kept already; null where there is no witness. A witness that does not answer costs ten seconds.</summary>
    public async Task<WitnessOutcome?> OfferAsync(SignedNote note, CancellationToken cancellation)
    {
        if (settings is not { Witness: { } prefix, WitnessKey: { } key })
            return null;
        var size = Checkpoint.TryParse(note.Text)!.Size;
        var answer = await new WitnessClient(_http, prefix, key).OfferAsync(note, _seen, from => writer.ConsistencyAsync(from, size, cancellation), cancellation);
        if (answer.Cosignature is { } cosignature)
        {
            await writer.KeepAsync(note with { Signatures = [.. note.Signatures, cosignature] }, cancellation);
            _seen = size;
        }

        return answer.Outcome;
    }

    public void Dispose() => _http.Dispose();
}
