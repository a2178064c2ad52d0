using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>What an append did.</summary>
/// <param name="Recorded">Events that are new on the record.</param>
/// <param name="Duplicates">Events that were on it before, or twice among those given.</param>
public readonly record struct Appended(int Recorded, int Duplicates);

/// <summary>Puts what members did on the record, each event exactly once, as part of the caller's transaction.</summary>
public sealed class AccessRecorder
{
    // Ordered, so that two transactions with the same identities cannot wait for each other.
    private const string ClaimIdentities =
        "insert into audit.identities (identity) select identity from unnest($1::bytea[]) as told (identity) order by identity on conflict do nothing returning identity";

    private readonly KeyStore _keys;
    private readonly RecordAppender _appender;

    public AccessRecorder(RecordStore store, KeyStore keys, TimeProvider time) =>
        (_keys, _appender) = (keys, new RecordAppender(store, new PersonStreams(keys), new PeopleSealer(keys), time));

    /// <summary>
    /// Appends <paramref name="events"/> in their order. They are there when the caller commits, and none is when it does
    /// not. Call it last and once in a transaction: it locks the head of the record until the commit. Batches of some
    /// hundreds are quickest. Throws <see cref="NpgsqlException"/> as the caller's own statements do.
    /// </summary>
    public async Task<Appended> AppendAsync(NpgsqlTransaction transaction, IReadOnlyList<MemberAccess> events, CancellationToken cancellation)
    {
        if (events.Count == 0)
            return default;
        var fresh = await ClaimAsync(transaction, events, cancellation);
        if (fresh.Count > 0)
            await _appender.AppendAsync(transaction, fresh, access: true, cancellation);
        return new Appended(fresh.Count, events.Count - fresh.Count);
    }

    private async Task<IReadOnlyList<Draft>> ClaimAsync(NpgsqlTransaction transaction, IReadOnlyList<MemberAccess> events, CancellationToken cancellation)
    {
        var key = _keys.GetOrCreate(KeyNames.People);
        var identities = events.Select(told => told.Identity.Stored(key)).ToArray();
        var claimed = new HashSet<string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(ClaimIdentities, transaction.Connection, transaction) { Parameters = { new() { Value = identities } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            claimed.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)));
        // Taken out as they are used: the second of two equal ones among the given is a duplicate too.
        return [.. from pair in events.Zip(identities) where claimed.Remove(Convert.ToHexString(pair.Second)) select new Draft(pair.First.Person, pair.First.Event, pair.First.Fields)];
    }
}
