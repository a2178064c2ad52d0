using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Schemas.Policies;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Retaining;

/// <summary>
/// Ends what everything is done with (docs/KEYS.md): decide in PostgreSQL, delete records and pending cells, end the key,
/// say so on the access record. Each step can be taken twice, so that a look that was interrupted is gone on with by the
/// next; a lock in PostgreSQL lets one process look at a time.
/// </summary>
internal sealed class Retention(
    NpgsqlDataSource database, ClickHouseStore store, KeyStore keys, KeyEndings record, LegalHolds holds, IRecordDeletion log, PublishedPolicies policies,
    RetentionMetrics metrics, TimeProvider time, ILogger<Retention> logger)
{
    private const long LockKey = 0x6B70_7265_7461;
    private readonly RetentionLedger _ledger = new(database, time);

    /// <summary>Looks once. False where another process is looking.</summary>
    public async Task<bool> LookAsync(TopicIdentity topic, CancellationToken cancellation)
    {
        await using var alone = await database.OpenConnectionAsync(cancellation);
        await using (var locking = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", alone))
        {
            if (await locking.ExecuteScalarAsync(cancellation) is not true)
                return false;
        }

        try
        {
            var book = await policies.ReadAsync(cancellation);
            var inForce = book.InForce(time.GetUtcNow());
            try
            {
                await EndAsync(topic, book, inForce.Name, cancellation);
            }
            finally
            {
                // Whatever keeps keys from ending must not also keep those that have ended in old copies of the store.
                if (keys.RotateWhenOlderThan(TimeSpan.FromDays(inForce.Values[PolicyKeys.KeyEncryptionKeyDays])))
                    RetentionLog.Rotated(logger);
            }

            return true;
        }
        finally
        {
            await using var unlocking = new NpgsqlCommand($"select pg_advisory_unlock({LockKey})", alone);
            await unlocking.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task EndAsync(TopicIdentity topic, PolicyBook book, string policy, CancellationToken cancellation)
    {
        if (await holds.MendAsync(cancellation) is > 0 and var changed)
            RetentionLog.MendedHolds(logger, changed);
        var facts = await _ledger.ReadAsync(topic.Id, topic.Partitions, cancellation);
        var rule = new RetentionRule(book, facts);
        RetainedKey[] living = [.. Enum.GetValues<KeyPurpose>().SelectMany(purpose => keys.Living(RetainedKey.FolderOf(purpose))).Select(name => RetainedKey.Of(name)).OfType<RetainedKey>()];
        Verdict[] verdicts = [.. living.Select(rule.On)];
        var ending = await _ledger.DecideAsync([.. verdicts.Where(verdict => verdict.MayEnd).Select(verdict => verdict.Key)], facts.Rebuilds, policy, cancellation);
        if (ending.Exists(key => key.Purpose == KeyPurpose.Sealing))
            await log.DeleteBeforeAsync(topic.Name, rule.DeleteBefore(living, ending), cancellation);
        foreach (var key in ending)
        {
            if (key.Purpose == KeyPurpose.Pending)
                await store.ExecuteAsync($"ALTER TABLE pending DROP PARTITION '{key.Day:yyyy-MM-dd}'", cancellation);
            await EndAsync(key.Name, RetainedKey.FolderOf(key.Purpose), policy, cancellation);
        }

        var ofRecord = await EndOfRecordAsync(book, policy, cancellation);
        (string, DateTimeOffset?, string)[] waiting =
            [.. verdicts.Where(verdict => !ending.Contains(verdict.Key)).Select(verdict => (verdict.Key.Name, verdict.Until, verdict.WaitsFor ?? "")), .. ofRecord];
        await _ledger.ReportAsync(waiting, cancellation);
        metrics.Waiting(waiting.Length);
    }

    private async Task<IReadOnlyList<(string Key, DateTimeOffset? Until, string WaitsFor)>> EndOfRecordAsync(PolicyBook book, string policy, CancellationToken cancellation)
    {
        var rule = new RecordYearRule(book, await _ledger.RecordHoldsAsync(cancellation), time.GetUtcNow());
        RecordYearVerdict[] verdicts = [.. keys.Living(RecordYearKey.Folder).Select(RecordYearKey.Of).OfType<RecordYearKey>().Select(rule.On)];
        var ending = await _ledger.DecideAsync([.. verdicts.Where(verdict => verdict.MayEnd).Select(verdict => verdict.Key)], policy, cancellation);
        foreach (var key in ending)
            await EndAsync(key.Name, RecordYearKey.Folder, policy, cancellation);
        return [.. verdicts.Where(verdict => !ending.Contains(verdict.Key)).Select(verdict => (verdict.Key.Name, (DateTimeOffset?)verdict.Until, verdict.WaitsFor ?? ""))];
    }

    private async Task EndAsync(string key, string purpose, string policy, CancellationToken cancellation)
    {
        keys.End(key);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await _ledger.NoteEndAsync(transaction, key, cancellation))
            await record.AppendAsync(transaction, key, policy, cancellation);
        await transaction.CommitAsync(cancellation);
        metrics.Ended(purpose);
        RetentionLog.Ended(logger, key);
    }
}

/// <summary>Deletes records of a topic: Kafka, or a test's own log.</summary>
public interface IRecordDeletion
{
    /// <summary>Deletes what lies before an offset, by partition. Partitions that are not named stay as they are.</summary>
    Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation);
}
