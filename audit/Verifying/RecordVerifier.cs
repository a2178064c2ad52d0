using System.Data;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Verifying;

/// <summary>
/// Verifies the record from the stored events up, against the checkpoints beside the keys and the head's tag, in one
/// snapshot of the database while others append. Nothing in the database is believed: what it says twice is compared, and
/// what it says once leads to a root that was signed.
/// </summary>
public sealed class RecordVerifier(RecordStore store, CheckpointFile file, VerifierKey key)
{
    private const string Stray =
        "select m.seq_id, (select max(e.index) from audit.entries e where e.seq < m.seq_id) from audit.mt_events m " +
        "where not exists (select from audit.entries e where e.seq = m.seq_id) order by m.seq_id limit 1";

    private const string Beyond = "select min(index) from audit.entries where index < 0 or index >= $1";

    /// <summary>
    /// Verifies what came since the last time, or all with <paramref name="full"/>. <paramref name="progress"/> is told how
    /// many entries are done. Throws <see cref="NpgsqlException"/> where the database does not answer.
    /// </summary>
    public async Task<Verification> VerifyAsync(bool full, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        var book = new CheckpointBook(file, key);
        if (book.ReadFile() is { } damaged)
            return new(0, 0, 0, 0, damaged);
        var before = book.Signed.Count == 0 ? 0 : book.Signed[^1].Size;
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        // Whatever the snapshot holds of checkpoints was in the file before.
        var (head, headWrong) = await HeadAsync(connection, cancellation);
        if (book.ReadFile() is { } since)
            return new(0, 0, 0, 0, since);
        var state = new VerifiedState(store.Keys);
        var known = full ? null : state.Read(book.Signed);
        var check = new RecordCheck(known?.Place ?? new VerifiedPlace(Frontier.Empty, null));
        if (known is { } tied)
            check.StartAt(tied.Checkpoint);
        var from = check.Size;
        var finding = await FindAsync(transaction, book, check, (head, headWrong, before), progress, cancellation);
        if (finding is null)
            state.Write(check.Place);
        else
            state.Drop();
        return new(from, check.Size, check.Checkpoints, check.Agreed, finding);
    }

    private static async Task<Finding?> FindAsync(
        NpgsqlTransaction transaction, CheckpointBook book, RecordCheck check, (Head? Head, Finding? Wrong, long Signed) known, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        var (copies, hasLast) = await book.CompareAsync(transaction, cancellation);
        if (copies is not null)
            return copies;
        if (await EntriesAsync(transaction, book.Signed, check, known.Head?.Entries ?? known.Signed, progress, cancellation) is { } wrong)
            return wrong;
        if (check.Size < Math.Max(known.Signed, known.Head?.Entries ?? 0))
            return Finding.Entries(check.Size, Math.Max(known.Signed, known.Head?.Entries ?? 0), "missing");
        if (known.Wrong is not null)
            return known.Wrong;
        if (check.Size > known.Head!.Entries)
            return Finding.Entries(known.Head.Entries, check.Size, "not under the head of the record");
        if (!known.Head.Frontier.Root().AsSpan().SequenceEqual(check.Root))
            return Finding.Entries(check.Agreed, check.Size, "not those that the head of the record was made over");
        if (check.ToldWrongly is { } told)
            return told;
        if (hasLast && check.Untold is { } untold)
            return Finding.Checkpoint(untold, "the database", "no entry tells of it");
        if (!hasLast && check is { Untold: null, Agreed: > 0 })
            return Finding.Checkpoint(check.Agreed, "the file", "its copy in the database is missing");
        return await StrayAsync(transaction, check.Size, cancellation);
    }

    private static async Task<Finding?> EntriesAsync(
        NpgsqlTransaction transaction, IReadOnlyList<Checkpoint> signed, RecordCheck check, long expected, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        var next = 0;
        while (next < signed.Count && (signed[next].Size < check.Size || (signed[next].Size == check.Size && check.Size > 0)))
            next++;
        for (var from = check.Size; ; from = check.Size)
        {
            await foreach (var line in StoredLines.ReadAsync(transaction, from, from + StoredLines.AtATime, cancellation))
            {
                if (check.Add(line) is { } wrong)
                    return wrong;
                for (; next < signed.Count && signed[next].Size == check.Size; next++)
                {
                    if (check.Add(signed[next]) is { } changed)
                        return changed;
                }
            }

            if (await StoredSubtrees.CompareAsync(transaction, check.Completed, cancellation) is { } subtree)
                return subtree;
            check.Completed.Clear();
            progress?.Report((check.Size, Math.Max(expected, check.Size)));
            // A gap wider than what is read at a time looks like the end and is told by what the head says.
            if (check.Size < from + StoredLines.AtATime)
                return null;
        }
    }

    private static async Task<(Head? Head, Finding? Wrong)> HeadAsync(NpgsqlConnection connection, byte[] headKey, CancellationToken cancellation)
    {
        try
        {
            return (await Head.ReadAsync(connection, headKey, cancellation), null);
        }
        catch (Exception changed) when (changed is RecordTamperedException or InvalidCastException or OverflowException)
        {
            return (null, new Finding(null, "the head of the record", "changed: it is not what was authenticated"));
        }
    }

    private Task<(Head? Head, Finding? Wrong)> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        HeadAsync(connection, store.Keys.GetOrCreate(KeyNames.RecordHead), cancellation);

    private static async Task<Finding?> StrayAsync(NpgsqlTransaction transaction, long size, CancellationToken cancellation)
    {
        await using (var command = new NpgsqlCommand(Beyond, transaction.Connection, transaction) { Parameters = { new() { Value = size } } })
        {
            if (await command.ExecuteScalarAsync(cancellation) is long beyond)
                return Finding.Entry(beyond, "beyond the end of the record");
        }

        if (await StoredSubtrees.StrayAsync(transaction, size, cancellation) is { } subtree)
            return subtree;
        await using var events = new NpgsqlCommand(Stray, transaction.Connection, transaction) { CommandTimeout = 0 };
        await using var reader = await events.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var after = reader.IsDBNull(1) ? -1 : reader.GetInt64(1);
        return new Finding(after + 1, FormattableString.Invariant($"an event after entry {after}"), FormattableString.Invariant($"the event with the number {reader.GetInt64(0)} is not on the record"));
    }
}
