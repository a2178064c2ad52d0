using JasperFx.Events;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.Storing;

/// <summary>
/// Appends to the record within the caller's transaction: sealed first, then under the head row's lock, which is held until
/// the caller commits and is therefore taken last: what an erasure destroys, streams of Marten, leaves, tree, head.
/// </summary>
internal sealed class RecordAppender(RecordStore store, PersonVault vault, EntrySealer sealer, KeyStore keys, TimeProvider time)
{
    private const string ReadBack = "select seq_id, version, timestamp from audit.mt_events where seq_id = any($1)";

    private const string InsertEntries =
        "insert into audit.entries (index, seq, stream, at, recorded, kind, leaf) select $1 + entry.ordinal - 1, entry.seq, entry.stream, entry.at, $2, entry.kind, entry.leaf " +
        "from unnest($3::bigint[], $4::uuid[], $5::timestamptz[], $6::bytea[], $7::bytea[]) with ordinality as entry (seq, stream, at, kind, leaf, ordinal)";

    private const string InsertSubtrees = "insert into audit.subtrees (level, index, hash) select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])";

    /// <summary>Appends in order; the index of the first is returned. <paramref name="access"/> says whether those that are not derived count as what members did.</summary>
    public async Task<long> AppendAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, bool access, CancellationToken cancellation) =>
        (await AppendAllAsync(transaction, drafts, access, cancellation))[0].Index;

    /// <summary>The same; the entries are returned as they are stored.</summary>
    public async Task<IReadOnlyList<StoredEntry>> AppendAllAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, bool access, CancellationToken cancellation)
    {
        var people = vault.GetOrCreate(drafts.SelectMany(draft => draft.People).ToHashSet());
        var year = Year;
        var bodies = drafts.Select(draft => IsErasable(draft) ? [] : sealer.Seal(draft, people, year)).ToArray();
        var streams = drafts.Select(draft => draft.Person is { } person ? people[person].Stream : sealer.StreamOfNobody).ToArray();

        var headKey = keys.GetOrCreate(KeyNames.RecordHead);
        var (head, now) = await Head.LockAsync(transaction, headKey, cancellation);
        SealErasable(drafts, bodies, year);
        var appended = await AppendToStreamsAsync(transaction, streams, bodies, cancellation);
        var entries = await ReadBackAsync(transaction, drafts, appended, bodies, head.Entries, now, cancellation);
        await EnterAsync(transaction, entries, head, access ? drafts.Count(draft => !draft.IsDerived) : 0, headKey, cancellation);
        return entries;
    }

    private static bool IsErasable(Draft draft) => EventKinds.FieldsOf(draft.Event) == FieldClass.Preference;

    // Under the secrets of this moment. An erasure made before it has destroyed those that this process may remember, and one
    // made later waits for the head, so that what it destroys comes before it.
    private void SealErasable(IReadOnlyList<Draft> drafts, byte[][] bodies, int year)
    {
        var erasable = Enumerable.Range(0, bodies.Length).Where(i => IsErasable(drafts[i])).ToList();
        if (erasable.Count == 0)
            return;
        var people = vault.GetOrCreate(erasable.SelectMany(i => drafts[i].People).ToHashSet(), now: true);
        foreach (var i in erasable)
            bodies[i] = sealer.Seal(drafts[i], people, year);
    }

    /// <summary>The year whose keys what is recorded now opens under.</summary>
    public int Year => time.GetUtcNow().Year;

    private async Task<IEvent[]> AppendToStreamsAsync(NpgsqlTransaction transaction, Guid[] streams, byte[][] bodies, CancellationToken cancellation)
    {
        await using var session = store.Join(transaction);
        var appended = new IEvent[bodies.Length];
        foreach (var own in Enumerable.Range(0, bodies.Length).GroupBy(i => streams[i]))
        {
            var events = session.Events.Append(own.Key, own.Select(i => (object)new Entry(bodies[i]))).Events;
            foreach (var (i, stored) in own.Zip(events.TakeLast(own.Count())))
                appended[i] = stored;
        }

        await session.SaveChangesAsync(cancellation);
        return appended;
    }

    private async Task<StoredEntry[]> ReadBackAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, IEvent[] appended, byte[][] bodies, long first, DateTimeOffset now, CancellationToken cancellation)
    {
        var key = keys.GetOrCreate(KeyNames.People);
        var stored = new Dictionary<long, (long Version, DateTimeOffset At)>(appended.Length);
        await using (var command = new NpgsqlCommand(ReadBack, transaction.Connection, transaction) { Parameters = { new() { Value = appended.Select(entry => entry.Sequence).ToArray() } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                stored.Add(reader.GetInt64(0), (reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return [.. appended.Select((entry, i) => new StoredEntry(
            first + i, entry.Sequence, entry.Id, entry.StreamId, stored[entry.Sequence].Version, drafts[i].Event.At, stored[entry.Sequence].At, now, EventKinds.Token(EventKinds.Of(drafts[i].Event), key), bodies[i]))];
    }

    private static async Task EnterAsync(NpgsqlTransaction transaction, StoredEntry[] entries, Head head, int access, byte[] headKey, CancellationToken cancellation)
    {
        var leaves = entries.Select(Leaf.Of).ToArray();
        var completed = new List<Subtree>();
        var after = head.With(leaves, access, entries[0].Recorded, completed);
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { Insert(entries, leaves), after.Store(headKey) } };
        if (completed.Count > 0)
            batch.BatchCommands.Add(Insert(completed));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlBatchCommand Insert(StoredEntry[] entries, byte[][] leaves) => new(InsertEntries)
    {
        Parameters =
        {
            new() { Value = entries[0].Index },
            new() { Value = entries[0].Recorded.UtcDateTime },
            new() { Value = entries.Select(entry => entry.Sequence).ToArray() },
            new() { Value = entries.Select(entry => entry.Stream).ToArray() },
            new() { Value = entries.Select(entry => entry.At.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            new() { Value = entries.Select(entry => entry.Kind).ToArray() },
            new() { Value = leaves },
        },
    };

    private static NpgsqlBatchCommand Insert(List<Subtree> completed) => new(InsertSubtrees)
    {
        Parameters =
        {
            new() { Value = completed.Select(subtree => (short)subtree.Level).ToArray() },
            new() { Value = completed.Select(subtree => subtree.Index).ToArray() },
            new() { Value = completed.Select(subtree => subtree.Hash).ToArray() },
        },
    };
}
