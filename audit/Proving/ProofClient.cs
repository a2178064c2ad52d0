using System.Text.Json;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Proving;

/// <summary>What a server proved.</summary>
/// <param name="Checkpoint">The signed checkpoint that the entry is under.</param>
/// <param name="Leaf">The entry's leaf data.</param>
/// <param name="Refusal">Why nothing is proven; null where it is.</param>
public sealed record ProvenEntry(Checkpoint? Checkpoint, byte[]? Leaf, string? Refusal);

/// <summary>
/// Asks a query API for proofs and believes none of what it answers: the checkpoint has to be signed by
/// <paramref name="key"/>, and everything else has to lead to its root. Whatever comes, the answer is a value.
/// </summary>
public sealed class ProofClient(HttpClient http, VerifierKey key)
{
    private const int MostBytes = SignedNote.MostBytes;

    /// <summary>
    /// Has an entry proven under the server's newest checkpoint, and that checkpoint shown to extend
    /// <paramref name="known"/>, one that was seen before, if any.
    /// </summary>
    public async Task<ProvenEntry> EntryAsync(long index, Checkpoint? known, CancellationToken cancellation)
    {
        try
        {
            return await ProveAsync(index, known, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return Refused("the server does not answer");
        }
    }

    private async Task<ProvenEntry> ProveAsync(long index, Checkpoint? known, CancellationToken cancellation)
    {
        var problem = Checkpoint.TryOpen(await GetAsync("checkpoint", cancellation) ?? [], key, out var checkpoint);
        if (problem != NoteProblem.None)
            return Refused("what the server gives as its checkpoint is not signed by the record's key");
        if (known is not null && await ConsistencyAsync(known, checkpoint!, cancellation) is var growth and not ProofVerdict.Proven)
            return Refused($"the server's checkpoint does not extend the one of {known.Size} entries that was seen before ({growth})");
        if (index >= checkpoint!.Size)
            return Refused($"the server's checkpoint is of {checkpoint.Size} entries only");
        if (await BytesAsync($"leaves?from={index}&to={index + 1}", "leaves", cancellation) is not [{ Length: TreeHash.LeafDataBytes } leaf])
            return Refused("the server gives no leaf");
        if (await BytesAsync($"proofs/inclusion?index={index}&size={checkpoint.Size}", "hashes", cancellation) is not { } hashes)
            return Refused("the server gives no proof");
        var verdict = TreeProof.Inclusion(index, checkpoint.Size, TreeHash.Leaf(leaf), checkpoint.Root, hashes);
        return verdict == ProofVerdict.Proven ? new(checkpoint, leaf, null) : Refused($"the server's proof does not hold ({verdict})");
    }

    private async Task<ProofVerdict> ConsistencyAsync(Checkpoint known, Checkpoint checkpoint, CancellationToken cancellation)
    {
        if (known.Size > checkpoint.Size)
            return ProofVerdict.WrongRange;
        return await BytesAsync($"proofs/consistency?from={known.Size}&to={checkpoint.Size}", "hashes", cancellation) is { } hashes
            ? TreeProof.Consistency(known.Size, known.Root, checkpoint.Size, checkpoint.Root, hashes)
            : ProofVerdict.WrongLength;
    }

    private async Task<byte[][]?> BytesAsync(FormattableString path, string name, CancellationToken cancellation)
    {
        if (await GetAsync(FormattableString.Invariant(path), cancellation) is not { } answer)
            return null;
        try
        {
            using var document = JsonDocument.Parse(answer);
            return [.. document.RootElement.GetProperty(name).EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
        }
        catch (Exception unusable) when (unusable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    // Null where it does not succeed or goes on without end.
    private async Task<byte[]?> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri($"/api/v1/audit/{path}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.IsSuccessStatusCode)
            return null;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var answer = new byte[MostBytes + 1];
        var length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellation);
        return length > MostBytes ? null : answer[..length];
    }

    private static ProvenEntry Refused(FormattableString why) => new(null, null, FormattableString.Invariant(why));

    private static ProvenEntry Refused(string why) => new(null, null, why);
}
