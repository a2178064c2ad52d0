using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>What an append did.</summary>
/// <param name="Recorded">Events that are new on the record.</param>
/// <param name="Duplicates">Events that were on it before, or twice among those given.</param>
public readonly record struct Appended(int Recorded, int Duplicates);

/// <summary>Puts what members did on the record, each event exactly once, as part of the caller's transaction.</summary>
public sealed class AccessRecorder(RecordStore store)
{
    private readonly Identities _identities = new(store.Keys);

    /// <summary>
    /// Appends <paramref name="events"/> in their order. They are there when the caller commits, and none is when it does
    /// not. Call it last and once in a transaction: it locks the head of the record until the commit. Batches of some
    /// hundreds are quickest. Throws <see cref="NpgsqlException"/> as the caller's own statements do.
    /// </summary>
    public async Task<Appended> AppendAsync(NpgsqlTransaction transaction, IReadOnlyList<MemberAccess> events, CancellationToken cancellation)
    {
        if (events.Count == 0)
            return default;
        var isFresh = await _identities.ClaimAsync(transaction, [.. events.Select(told => told.Identity)], cancellation);
        var fresh = events.Where((_, i) => isFresh[i]).ToList();
        if (fresh.Count > 0)
            await store.Appender.AppendAsync(transaction, [.. fresh.SelectMany(told => told.Drafts)], access: true, cancellation);
        return new Appended(fresh.Count, events.Count - fresh.Count);
    }
}
