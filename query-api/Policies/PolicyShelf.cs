using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.QueryApi.Policies;

/// <summary>A key that lives, and what it waits for.</summary>
/// <param name="Key">Its purpose and its day; names no person.</param>
/// <param name="Until">When policy ends it, in log time; null while the log tells no time.</param>
/// <param name="WaitsFor">What it waits for, in words.</param>
public sealed record RetainedKey(string Key, DateTimeOffset? Until, string WaitsFor);

/// <summary>The published revisions of the policy in PostgreSQL, and the only way in.</summary>
public sealed class PolicyShelf(NpgsqlDataSource database, PolicyPublications record, TimeProvider time)
{
    /// <summary>All that are published.</summary>
    public async Task<PolicyBook> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await ReadAsync(connection, cancellation);
    }

    /// <summary>The revision in force now.</summary>
    public async Task<PolicyRevision> InForceAsync(CancellationToken cancellation) => (await ReadAsync(cancellation)).InForce(time.GetUtcNow());

    /// <summary>What every living key of telemetry waits for, as of retention's last look, the next to end first.</summary>
    public async Task<IReadOnlyList<RetainedKey>> RetentionAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select key, until, waits_for from kp.retention_report order by until nulls last, key");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var keys = new List<RetainedKey>();
        while (await reader.ReadAsync(cancellation))
            keys.Add(new RetainedKey(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2)));
        return keys;
    }

    /// <summary>Publishes a revision and puts that on the record, both or neither. Answers why not, in words; empty when it is published.</summary>
    public async Task<IReadOnlyList<string>> PublishAsync(PolicyRevision revision, string user, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Of two that publish at one moment the second sees the first.
        await using (var locking = new NpgsqlCommand("lock table kp.policies in share row exclusive mode", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        var now = time.GetUtcNow();
        if ((await ReadAsync(connection, cancellation)).Refusals(revision, now).ToArray() is { Length: > 0 } refusals)
            return refusals;
        await using (var insert = new NpgsqlCommand("insert into kp.policies (revision, document, notice_from, effective_from, published_at) values ($1, $2, $3, $4, $5)", connection, transaction))
        {
            foreach (var value in (object[])[revision.Name, revision.Document, revision.NoticeFrom, revision.EffectiveFrom, now])
                insert.Parameters.Add(new() { Value = value });
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        await record.AppendAsync(transaction, user, revision, cancellation);
        await transaction.CommitAsync(cancellation);
        return [];
    }

    private static async Task<PolicyBook> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select document from kp.policies", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var documents = new List<string>();
        while (await reader.ReadAsync(cancellation))
            documents.Add(reader.GetString(0));
        return PolicyBook.Of(documents);
    }
}
