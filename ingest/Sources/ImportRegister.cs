using System.Collections.Concurrent;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Ingest.Sources;

/// <summary>A file as its sender describes it.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Head">SHA-256 of the first line with its line end, cut at 64 KiB.</param>
/// <param name="Length">Bytes, decompressed.</param>
/// <param name="Digests">SHA-256 of the first so many bytes, at lengths the file was known at before and at its end.</param>
/// <param name="Chain">Checkpoints (<see cref="ContentChain"/>); empty where the sender has none.</param>
public sealed record FileDescription(string Site, byte[] Head, long Length, IReadOnlyList<PrefixDigest> Digests, byte[] Chain);

/// <summary>SHA-256 over the first bytes of a file.</summary>
public sealed record PrefixDigest(long Length, byte[] Digest);

/// <summary>A sending of a file, new or gone on with.</summary>
/// <param name="Source">The file, whatever its name.</param>
/// <param name="Import">This sending.</param>
/// <param name="Site">The site's name.</param>
/// <param name="Length">The content's bytes, decompressed, as far as the sender has told of them.</param>
/// <param name="StateKey">Name of the state key that the source keeps.</param>
/// <param name="ResumeAt">Bytes that need not be sent again.</param>
/// <param name="ResumedRows">Rows in those bytes.</param>
public sealed record RegisteredImport(Guid Source, Guid Import, string Site, long Length, string StateKey, long ResumeAt, long ResumedRows);

/// <summary>Which files have been sent, as chains of hashes, and how far each sending has come.</summary>
public sealed class ImportRegister(NpgsqlDataSource database, KeyStore keys, PolicyDirectory policies, TimeProvider time)
{
    // Files of a site that begin with the same line, such as a header, are all asked for.
    private const int MostCandidates = 10_000;
    // A longer end says all that the shorter ones do of a file that reaches it; of one that does not, checkpoints tell.
    private const int MostEndsOfSource = 16;
    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<Guid, RegisteredImport> _known = new();

    /// <summary>The lengths at which files are known that start like this one and are not longer.</summary>
    public async Task<long[]> CandidateLengthsAsync(string site, byte[] head, long length, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select distinct l.length from kp.source_lengths l join kp.sources s using (source) where s.site = $1 and s.head = $2 and l.length <= $3 order by l.length desc limit $4");
        command.Parameters.AddWithValue(site);
        command.Parameters.AddWithValue(head);
        command.Parameters.AddWithValue(length);
        command.Parameters.AddWithValue(MostCandidates);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lengths = new List<long>();
        while (await reader.ReadAsync(cancellation))
            lengths.Add(reader.GetInt64(0));
        return [.. lengths];
    }

    /// <summary>
    /// Finds the source that a file is, or makes one, and begins a sending of it; one that was interrupted goes on.
    /// </summary>
    public async Task<RegisteredImport> RegisterAsync(FileDescription file, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Two senders of one new file would make two sources of it, and count it twice.
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 0))", cancellation, file.Site, file.Head);
        file = file with { Chain = ContentChain.Keyed(file.Chain, keys.GetOrCreate(KeyNames.Sources)) };
        var source = await FindSourceAsync(connection, file, cancellation) ?? await CreateSourceAsync(connection, file, cancellation);
        await KeepChainAsync(connection, source, file.Chain, cancellation);
        await RenewStateKeyAsync(connection, source, cancellation);
        var end = file.Digests.First(prefix => prefix.Length == file.Length);
        await KeepEndAsync(connection, source, end, cancellation);
        var import = await GoOnAsync(connection, source, file.Length, cancellation) ?? await BeginAsync(connection, source, file, cancellation);
        await transaction.CommitAsync(cancellation);
        return await FindAsync(import, cancellation) ?? throw new InvalidOperationException("an import that was just registered is not there");
    }

    /// <summary>A sending by its id; null where there is none. <see cref="RegisteredImport.ResumeAt"/> is as of when it was first asked for.</summary>
    /// <param name="import">Its id.</param>
    /// <param name="length">As far as the content must have been told of at least: it may have grown, told to another process.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public async ValueTask<RegisteredImport?> FindKnownAsync(Guid import, long length, CancellationToken cancellation)
    {
        var known = _known.TryGetValue(import, out var remembered) && length <= remembered.Length ? remembered : await FindAsync(import, cancellation);
        if (known is null || string.CompareOrdinal(known.StateKey, OldestStateKey) >= 0)
            return known;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await RenewStateKeyAsync(connection, known.Source, cancellation);
        return await FindAsync(import, cancellation);
    }

    /// <summary>Notes that a range is stored, where it continues what was. False where something before it is missing.</summary>
    public async Task<bool> TryAdvanceAsync(Guid import, long from, long to, long rows, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("update kp.imports set sent_through = $3, sent_rows = sent_rows + $4 where import = $1 and sent_through = $2");
        command.Parameters.AddWithValue(import);
        command.Parameters.AddWithValue(from);
        command.Parameters.AddWithValue(to);
        command.Parameters.AddWithValue(rows);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    /// <summary>Notes that the end marks are stored.</summary>
    public async Task EndAsync(Guid import, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("update kp.imports set ended_at = $2 where import = $1 and ended_at is null");
        command.Parameters.AddWithValue(import);
        command.Parameters.AddWithValue(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // A source is the file's where all that is known of both is equal: every known end that lies in the file, and, where
    // the source goes on beyond it, the file's checkpoints. Of several, the one known furthest within the file.
    private static async Task<Guid?> FindSourceAsync(NpgsqlConnection connection, FileDescription file, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            select l.source, case when max(l.length) > $3 then coalesce((select c.chain from kp.source_chains c where c.source = l.source), '') end
            from kp.source_lengths l
            join kp.sources s using (source)
            left join unnest($4::bigint[], $5::bytea[]) as d (length, digest) on d.length = l.length and d.digest = l.digest
            where s.site = $1 and s.head = $2
            group by l.source
            having coalesce(bool_and(d.length is not null) filter (where l.length <= $3), true)
            order by max(l.length) filter (where l.length <= $3) desc nulls last, l.source
            """,
            connection);
        command.Parameters.AddWithValue(file.Site);
        command.Parameters.AddWithValue(file.Head);
        command.Parameters.AddWithValue(file.Length);
        command.Parameters.AddWithValue(file.Digests.Select(prefix => prefix.Length).ToArray());
        command.Parameters.AddWithValue(file.Digests.Select(prefix => prefix.Digest).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (reader.IsDBNull(1) || ContentChain.IsCopyOfStart(file.Chain, reader.GetFieldValue<byte[]>(1)))
                return reader.GetGuid(0);
        }

        return null;
    }

    // Not the end of a shorter copy: what follows its last checkpoint was not compared, and might be no prefix of the source.
    private static Task KeepEndAsync(NpgsqlConnection connection, Guid source, PrefixDigest end, CancellationToken cancellation) => ExecuteAsync(
        connection,
        """
        with forgotten as (
            delete from kp.source_lengths where source = $1 and length in (
                select length from kp.source_lengths where source = $1 order by length desc offset $4))
        insert into kp.source_lengths (source, length, digest)
        select $1, $2, $3 where not exists (select 1 from kp.source_lengths known where known.source = $1 and known.length > $2)
        on conflict do nothing
        """,
        cancellation, source, end.Length, end.Digest, MostEndsOfSource - 1);

    // The longest that has been seen; a shorter copy's is its start.
    private static Task KeepChainAsync(NpgsqlConnection connection, Guid source, byte[] chain, CancellationToken cancellation) => ExecuteAsync(
        connection,
        """
        insert into kp.source_chains as known (source, chain) values ($1, $2)
        on conflict (source) do update set chain = excluded.chain where length(known.chain) < length(excluded.chain)
        """,
        cancellation, source, chain);

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    // Retention counts on no group naming an older one. Names of one purpose have the order of their days.
    private string OldestStateKey => KeyNames.State(Today.AddDays(-policies.InForce.Values[PolicyKeys.StateKeyUseDays]));

    private async Task RenewStateKeyAsync(NpgsqlConnection connection, Guid source, CancellationToken cancellation)
    {
        var stateKey = KeyNames.State(Today);
        keys.GetOrCreate(stateKey);
        await ExecuteAsync(connection, "update kp.sources set state_key = $2 where source = $1 and state_key < $3 collate \"C\"", cancellation, source, stateKey, OldestStateKey);
    }

    private async Task<Guid> CreateSourceAsync(NpgsqlConnection connection, FileDescription file, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var source = Guid.CreateVersion7(now);
        var stateKey = KeyNames.State(Today);
        keys.GetOrCreate(stateKey);
        await ExecuteAsync(connection, "insert into kp.sources (source, site, head, state_key, created_at) values ($1, $2, $3, $4, $5)", cancellation, source, file.Site, file.Head, stateKey, now);
        return source;
    }

    // A shorter copy has a sending of its own: its end is not the end of the longer one's.
    private static async Task<Guid?> GoOnAsync(NpgsqlConnection connection, Guid source, long length, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            update kp.imports set length = $2
            where ended_at is null and length <= $2 and import = (select import from kp.imports where source = $1 order by started_at desc, import desc limit 1)
            returning import
            """,
            connection);
        command.Parameters.AddWithValue(source);
        command.Parameters.AddWithValue(length);
        return (Guid?)await command.ExecuteScalarAsync(cancellation);
    }

    private async Task<Guid> BeginAsync(NpgsqlConnection connection, Guid source, FileDescription file, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var import = Guid.CreateVersion7(now);
        await ExecuteAsync(connection, "insert into kp.imports (import, source, site, length, started_at) values ($1, $2, $3, $4, $5)", cancellation, import, source, file.Site, file.Length, now);
        return import;
    }

    /// <summary>A sending by its id as it is now; null where there is none.</summary>
    public async Task<RegisteredImport?> FindAsync(Guid import, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select i.source, i.site, i.length, s.state_key, i.sent_through, i.sent_rows from kp.imports i join kp.sources s using (source) where i.import = $1");
        command.Parameters.AddWithValue(import);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var found = new RegisteredImport(reader.GetGuid(0), import, reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5));
        if (_known.Count >= MostRemembered)
            _known.Clear();
        return _known[import] = found;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
