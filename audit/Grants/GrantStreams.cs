using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Grants;

/// <summary>
/// Finds grants by the search tokens of their kinds and folds each from its stream. There is no table of grants: what is
/// open follows from which kinds of entry a stream has, so nothing can differ from the record.
/// </summary>
internal sealed class GrantStreams(RecordStore store)
{
    private const int MostOpen = 1000;
    private const string NamePrefix = "grant:";

    // So many uses and a handful of steps: a grant has no more.
    private const int MostEntries = GrantLimits.MostUses + 16;

    // Uses of break-glass come first, so that no number of grants asked for pushes one out of what privacy sees.
    private const string Open =
        """
        with open as (select asked.stream, asked.index, exists (select from audit.entries broken where broken.stream = asked.stream and broken.kind = $4) as broken
            from audit.entries asked where asked.kind = $1 and
            (not exists (select from audit.entries over where over.stream = asked.stream and over.kind in ($2, $3))
             or (exists (select from audit.entries broken where broken.stream = asked.stream and broken.kind = $4)
                 and not exists (select from audit.entries reviewed where reviewed.stream = asked.stream and reviewed.kind = $6)))
        union all
        select looked.stream, min(looked.index), true from audit.entries looked where looked.kind = $5
            and not exists (select from audit.entries reviewed where reviewed.stream = looked.stream and reviewed.kind = $6) group by looked.stream),
        first as (select stream, index from open order by broken desc, index limit $7)
        select stream from first order by index
        """;

    private const string Newest = "select stream from audit.entries where kind = $1 order by at desc, index desc limit $2";

    private readonly RecordStreams _streams = new(store);

    /// <summary>The case that a grant is in the record.</summary>
    public static Person CaseOf(string id) => new(PersonClass.Case, NamePrefix + id);

    /// <summary>The stream of a grant; null where there is none of that id.</summary>
    public Guid? StreamOf(string id) => store.Vault.Find(CaseOf(id))?.Stream;

    /// <summary>The events of a grant, in their order, and what its entries come to; no event where one of them does not open.</summary>
    public async Task<(IReadOnlyList<Told> Told, byte[] Mark)> ReadAsync(NpgsqlConnection connection, Guid stream, CancellationToken cancellation)
    {
        var entries = await _streams.ReadAsync(connection, [stream], -1, MostEntries, cancellation);
        var mark = entries.Aggregate(GrantMarks.OfNothing, (mark, entry) => GrantMarks.After(mark, entry.Index, entry.At, entry.Body));
        return (entries.All(IsWhole) ? [.. entries.Select(entry => Of(entry.Opened!))] : [], mark);
    }

    public async Task<Grant?> FindAsync(string id, CancellationToken cancellation)
    {
        if (StreamOf(id) is not { } stream)
            return null;
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        return Grant.Of(id, (await ReadAsync(connection, stream, cancellation)).Told);
    }

    public Task<IReadOnlyList<Grant>> OpenAsync(CancellationToken cancellation) => ReadAsync(
        Open, grant => grant.IsOpen, cancellation, Token("grant-asked"), Token("grant-refused"), Token("grant-ended"), Token("break-glass-used"), Token("break-glass-read"), Token("access-reviewed"), MostOpen);

    public Task<IReadOnlyList<Grant>> NewestAsync(int limit, CancellationToken cancellation) => ReadAsync(Newest, _ => true, cancellation, Token("grant-asked"), limit);

    private async Task<IReadOnlyList<Grant>> ReadAsync(string sql, Func<Grant, bool> isWanted, CancellationToken cancellation, params object[] parameters)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        var streams = new List<Guid>();
        await using (var command = new NpgsqlCommand(sql, connection))
        {
            foreach (var parameter in parameters)
                command.Parameters.Add(new() { Value = parameter });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                streams.Add(reader.GetGuid(0));
        }

        var entries = (await _streams.ReadAsync(connection, streams, -1, streams.Count * MostEntries, cancellation)).Where(entry => entry.Opened?.Name is not null).ToLookup(entry => entry.Stream);
        return [.. streams.Select(stream => Of([.. entries[stream].Select(entry => entry.Opened!)])).OfType<Grant>().Where(isWanted)];
    }

    private static Grant? Of(IReadOnlyList<OpenedEntry> entries) =>
        entries is [{ Name: { } name }, ..] && name.StartsWith(NamePrefix, StringComparison.Ordinal) ? Grant.Of(name[NamePrefix.Length..], entries.Select(Of)) : null;

    private static Told Of(OpenedEntry entry) => new(entry.Event, entry.Others.GetValueOrDefault(NamedAs.Actor), entry.Others.GetValueOrDefault(NamedAs.Subject));

    // A grant whose member does not open would be one for everybody, and a use or an end that does not open one that goes on.
    private static bool IsWhole(StreamEntry entry) =>
        entry.Opened is { } opened && !(opened.Others.TryGetValue(NamedAs.Subject, out var subject) && subject is null);

    private byte[] Token(string kind) => EventKinds.Token(kind, store.Keys.GetOrCreate(KeyNames.People));
}
