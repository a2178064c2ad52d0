using System.Globalization;
using System.Net;
using System.Text;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>How an offer to a witness ended.</summary>
public enum WitnessOutcome
{
    /// <summary>Its cosignature is there and holds.</summary>
    Cosigned,

    /// <summary>It has seen a longer tree of this log, or another one of the same size, or does not take the proof: history was changed, or the log was set back.</summary>
    Contradicts,

    /// <summary>It does not know the log, or the log's key.</summary>
    Refused,

    /// <summary>It did not answer, or not in time.</summary>
    Unavailable,

    /// <summary>It answered what no witness answers.</summary>
    Unusable,
}

/// <summary>What a witness answered.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Cosignature">Where it cosigned.</param>
public sealed record WitnessAnswer(WitnessOutcome Outcome, NoteSignature? Cosignature = null);

/// <summary>
/// Offers checkpoints to a witness (C2SP tlog-witness). What the witness answers is taken as a stranger's: bounded, checked
/// against its key, and never thrown.
/// </summary>
public sealed class WitnessClient(HttpClient http, Uri prefix, VerifierKey key)
{
    private const int MostAnswerBytes = 64 * 1024;
    private const string SizeType = "text/x.tlog.size";

    private readonly Uri _address = new(prefix.AbsoluteUri.TrimEnd('/') + "/add-checkpoint");

    /// <summary>
    /// Offers a checkpoint. <paramref name="known"/> is the size the witness is believed to have seen last, 0 where nothing
    /// is known; where it says another, it is asked once more from there. <paramref name="consistency"/> makes the proof from
    /// a size to the checkpoint's.
    /// </summary>
    public async Task<WitnessAnswer> OfferAsync(SignedNote note, long known, Func<long, Task<IReadOnlyList<byte[]>>> consistency, CancellationToken cancellation)
    {
        var size = Checkpoint.TryParse(note.Text)?.Size ?? throw new ArgumentException("no checkpoint", nameof(note));
        known = Math.Min(known, size);
        var (answer, seen) = await AskAsync(note, known, consistency, cancellation);
        if (seen is null || seen == known)
            return answer;
        // A longer tree than ours under our signature: nothing that is offered here extends it.
        if (seen > size)
            return answer;
        (answer, var then) = await AskAsync(note, seen.Value, consistency, cancellation);
        // Somebody else has offered it a checkpoint between the two.
        return then is not null && then != seen ? new(WitnessOutcome.Unavailable) : answer;
    }

    // The size is what the witness says it has seen where that is not what was told.
    private async Task<(WitnessAnswer Answer, long? Seen)> AskAsync(SignedNote note, long old, Func<long, Task<IReadOnlyList<byte[]>>> consistency, CancellationToken cancellation)
    {
        using var body = new StringContent(await BodyAsync(note, old, consistency), Encoding.UTF8, "text/plain");
        try
        {
            using var response = await http.PostAsync(_address, body, cancellation);
            var text = await ReadAsync(response, cancellation);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => (Cosigned(note, text), null),
                HttpStatusCode.Conflict => Conflict(response, text),
                HttpStatusCode.UnprocessableEntity => (new(WitnessOutcome.Contradicts), null),
                >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests => (new(WitnessOutcome.Unavailable), null),
                _ => (new(WitnessOutcome.Refused), null),
            };
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return (new(WitnessOutcome.Unavailable), null);
        }
    }

    private static (WitnessAnswer Answer, long? Seen) Conflict(HttpResponseMessage response, string? text)
    {
        // Without a size, the tree that it has seen at this size has another root.
        if (response.Content.Headers.ContentType?.MediaType != SizeType)
            return (new(WitnessOutcome.Contradicts), null);
        var size = text is not null && text.EndsWith('\n') ? Checkpoint.SizeOf(text[..^1]) : null;
        return (new(size is null ? WitnessOutcome.Unusable : WitnessOutcome.Contradicts), size);
    }

    private WitnessAnswer Cosigned(SignedNote note, string? text)
    {
        if (text is null || SignedNote.TryParse(Encoding.UTF8.GetBytes($"{note.Text}\n{text}"), out var answered) != NoteProblem.None)
            return new(WitnessOutcome.Unusable);
        if (answered!.Text != note.Text || answered.Verify([key], out _) != NoteProblem.None)
            return new(WitnessOutcome.Unusable);
        return new(WitnessOutcome.Cosigned, answered.Signatures.First(signature => signature.KeyId == key.Id && signature.Name == key.Name));
    }

    private static async Task<string> BodyAsync(SignedNote note, long old, Func<long, Task<IReadOnlyList<byte[]>>> consistency)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {old}\n");
        foreach (var hash in await consistency(old))
            body.Append(Convert.ToBase64String(hash)).Append('\n');
        return body.Append('\n').Append(note).ToString();
    }

    private static async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var answer = new byte[MostAnswerBytes + 1];
        var length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellation);
        return length > MostAnswerBytes ? null : Encoding.UTF8.GetString(answer, 0, length);
    }
}
