using JasperFx.Events;
using KpTelemetry.Audit.People;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.Storing;

/// <summary>An event about to be appended, its people still in clear.</summary>
internal readonly record struct Draft(Person Person, RecordedEvent Event, PeopleFields Fields);

/// <summary>
/// Appends to the record within the caller's transaction: people sealed, streams of Marten, then the order of the
/// record under the head row's lock, which is held until the caller commits and is therefore taken last.
/// </summary>
internal sealed class RecordAppender(RecordStore store, PersonStreams streams, PeopleSealer sealer, TimeProvider time)
{
    private const string AdvanceHead = "update audit.head set entries = entries + $1, access = access + $2 returning entries - $1";

    private const string InsertEntries =
        "insert into audit.entries (index, seq, kind, at) select $1 + entry.ordinal - 1, entry.seq, entry.kind, entry.at " +
        "from unnest($2::bigint[], $3::text[], $4::timestamptz[]) with ordinality as entry (seq, kind, at, ordinal)";

    /// <summary>Appends in order. <paramref name="access"/> says whether they count as what members did.</summary>
    public async Task AppendAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, bool access, CancellationToken cancellation)
    {
        var streamOf = await streams.ResolveAsync(transaction, drafts.Select(draft => draft.Person).ToHashSet(), cancellation);
        var appended = await AppendToStreamsAsync(transaction, drafts, streamOf, cancellation);
        await EnterAsync(transaction, appended, access, cancellation);
    }

    private async Task<IReadOnlyList<IEvent>> AppendToStreamsAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, IReadOnlyDictionary<Person, Guid> streamOf, CancellationToken cancellation)
    {
        var year = time.GetUtcNow().Year;
        await using var session = store.Join(transaction);
        var appended = new List<IEvent>(drafts.Count);
        // Rows of streams are locked in one order everywhere, so that concurrent appends cannot wait for each other.
        foreach (var own in drafts.GroupBy(draft => streamOf[draft.Person]).OrderBy(group => group.Key))
            appended.AddRange(session.Events.Append(own.Key, own.Select(draft => (object)Sealed(draft, own.Key, year))).Events);
        await session.SaveChangesAsync(cancellation);
        return appended;
    }

    private RecordedEvent Sealed(Draft draft, Guid stream, int year)
    {
        var place = new EntryPlace(EventKinds.Of(draft.Event), draft.Event.At);
        return draft.Event with { People = sealer.Seal(draft.Person, stream, place, draft.Fields, year) };
    }

    private static async Task EnterAsync(NpgsqlTransaction transaction, IReadOnlyList<IEvent> appended, bool access, CancellationToken cancellation)
    {
        await using var advance = new NpgsqlCommand(AdvanceHead, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = (long)appended.Count }, new() { Value = access ? appended.Count : 0L } },
        };
        var first = (long)(await advance.ExecuteScalarAsync(cancellation))!;
        await using var insert = new NpgsqlCommand(InsertEntries, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = first },
                new() { Value = appended.Select(entry => entry.Sequence).ToArray() },
                new() { Value = appended.Select(entry => EventKinds.Of((RecordedEvent)entry.Data)).ToArray() },
                new() { Value = appended.Select(entry => ((RecordedEvent)entry.Data).At.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellation);
    }
}
