using KpTelemetry.Audit.People;
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
    private readonly MemberSessions _sessions = new(store);

    /// <summary>
    /// Appends the events of a span in their order, and the ends of members' sessions that lie between them: by 20 minutes
    /// without activity (P0), as the span's events and the moves of its clock have it. They are there when the caller
    /// commits, and none is when it does not. Call it last and once in a transaction: it locks the head of the record until
    /// the commit. Batches of some hundreds are quickest. Throws <see cref="NpgsqlException"/> as the caller's own statements do.
    /// </summary>
    public async Task<Appended> AppendAsync(NpgsqlTransaction transaction, AccessSpan span, CancellationToken cancellation)
    {
        if (span.Events.Count == 0 && span.Marks.Count == 0)
            return default;
        var isFresh = span.Events.Count == 0 ? [] : await _identities.ClaimAsync(transaction, [.. span.Events.Select(told => told.Identity)], cancellation);
        var keys = KeysOf(span.Events.Where((_, i) => isFresh[i]));
        var walk = new SessionWalk(await _sessions.ReadAsync(transaction, span, [.. keys.Values.Select(key => key.Stream).Distinct()], cancellation));
        List<Draft> drafts = [.. Drafts(span, isFresh, walk, keys)];
        await _sessions.WriteAsync(transaction, span, walk.Changed, cancellation);
        if (drafts.Count > 0)
            await store.Appender.AppendAsync(transaction, drafts, access: true, cancellation);
        var fresh = isFresh.Count(isNew => isNew);
        return new Appended(fresh, span.Events.Count - fresh);
    }

    private IEnumerable<Draft> Drafts(AccessSpan span, bool[] isFresh, SessionWalk walk, Dictionary<(string Member, string Site), SessionKey> keys)
    {
        var mark = 0;
        for (var i = 0; i <= span.Events.Count; i++)
        {
            for (; mark < span.Marks.Count && span.Marks[mark].Before == i; mark++)
            {
                foreach (var end in walk.Pass(span.Marks[mark]).Select(_sessions.EndOf).OfType<Draft>())
                    yield return end;
            }

            if (i == span.Events.Count || !isFresh[i])
                continue;
            if (walk.Meet(keys[PlaceOf(span.Events[i])], span.Events[i]) is { } before && _sessions.EndOf(before) is { } ended)
                yield return ended;
            foreach (var told in span.Events[i].Drafts)
                yield return told;
        }
    }

    private Dictionary<(string Member, string Site), SessionKey> KeysOf(IEnumerable<MemberAccess> events)
    {
        var places = events.Select(PlaceOf).ToHashSet();
        var people = store.Vault.GetOrCreate([.. places.Select(place => new Person(PersonClass.Member, place.Member)).Distinct()]);
        var sites = places.Select(place => place.Site).Distinct().ToDictionary(site => site, _sessions.TokenOf, StringComparer.Ordinal);
        return places.ToDictionary(place => place, place => new SessionKey(people[new Person(PersonClass.Member, place.Member)].Stream, sites[place.Site]));
    }

    private static (string Member, string Site) PlaceOf(MemberAccess access) => (access.Told.Member, access.Told.Site?.Name ?? "");
}
