using System.Text;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>What came of signing.</summary>
/// <param name="Signed">The new checkpoint.</param>
/// <param name="Last">Where there is nothing new: the one signed last, if any.</param>
/// <param name="Refusal">Why nothing may be signed until an operator has looked; null where all is well.</param>
public sealed record CheckpointAttempt(SignedNote? Signed, SignedNote? Last, string? Refusal);

/// <summary>
/// Signs checkpoints of the record. Never two different ones: one process at a time (an advisory lock), each shown to extend
/// the last one in the file by a consistency proof from the stored hashes, and in the file before anybody sees it.
/// </summary>
public sealed class CheckpointWriter(RecordStore store, CheckpointSigner signer, CheckpointFile file, TimeProvider time)
{
    private const int SigningLock = 0x6B70_6370;
    private const string Newest = "select note from audit.checkpoints order by size desc limit 1";
    private const string Copy = "insert into audit.checkpoints (size, note) values ($1, $2)";
    private const string AddCosignature = "update audit.checkpoints set note = $2 where size = $1";

    /// <summary>How many entries there are, of which those since the last checkpoint are under none.</summary>
    public async Task<long> EntriesAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand("select entries from audit.head");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Signs the record as it is, where there is more in it than checkpoints. Throws <see cref="NpgsqlException"/> where the database does not answer.</summary>
    public async Task<CheckpointAttempt> SignAsync(CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await LockAsync(transaction, cancellation);
        try
        {
            return await SignAsync(transaction, cancellation);
        }
        catch (Exception refusal) when (refusal is RecordTamperedException or InvalidDataException)
        {
            return new(null, null, refusal.Message);
        }
    }

    /// <summary>
    /// Keeps a witness's signature with its checkpoint: in the database, and in the file where no other process has signed the
    /// next one meanwhile, after which it would look like a record that was set back.
    /// </summary>
    public async Task KeepAsync(SignedNote cosigned, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await LockAsync(transaction, cancellation);
        if (file.Last()?.Text == cosigned.Text)
            file.Append(cosigned);
        await using var command = new NpgsqlCommand(AddCosignature, connection, transaction) { Parameters = { new() { Value = Checkpoint.TryParse(cosigned.Text)!.Size }, new() { Value = cosigned.ToString() } } };
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>The proof that <paramref name="size"/> entries extend the first <paramref name="from"/>.</summary>
    public async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long from, long size, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        return await new StoredTree(StoredHashes.Of(connection), size).ConsistencyAsync(from, cancellation);
    }

    private static async Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var locking = new NpgsqlCommand($"select pg_advisory_xact_lock({SigningLock})", transaction.Connection, transaction);
        await locking.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<CheckpointAttempt> SignAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var (last, copy) = (file.Last(), await NewestCopyAsync(transaction, cancellation));
        var signed = last is null ? null : Opened(last);
        if (copy is not null && Lacks(signed, Checkpoint.TryParse(copy.Text)))
            return new(null, null, "the file of checkpoints lacks one that the database has a copy of");
        // Signed, but a crash came before it was in the database too.
        if (signed is not null && copy?.Text != last!.Text)
            return await EnteredAsync(transaction, last, signed, cancellation);
        var head = await Head.ReadAsync(transaction.Connection!, store.Keys.GetOrCreate(KeyNames.RecordHead), cancellation);
        if (signed is null ? head.Entries == 0 : head.Entries == signed.Size + 1)
            return new(null, last, null);
        var root = head.Frontier.Root();
        if (!await ExtendsAsync(transaction.Connection!, signed, head.Entries, root, cancellation))
            return new(null, last, "the record does not extend the last checkpoint");
        var note = signer.Sign(head.Entries, root);
        file.Append(note);
        return await EnteredAsync(transaction, note, new Checkpoint(signer.Origin, head.Entries, root), cancellation);
    }

    private Checkpoint Opened(SignedNote note) =>
        Checkpoint.TryOpen(Encoding.UTF8.GetBytes(note.ToString()), signer.Key, out var checkpoint) == NoteProblem.None
            ? checkpoint!
            : throw new InvalidDataException("the last note in the file of checkpoints is not signed by this record's key");

    private static bool Lacks(Checkpoint? signed, Checkpoint? copy) =>
        copy is null || signed is null || copy.Size > signed.Size || (copy.Size == signed.Size && copy.Text != signed.Text);

    private static async Task<bool> ExtendsAsync(NpgsqlConnection connection, Checkpoint? signed, long size, byte[] root, CancellationToken cancellation)
    {
        if (signed is not null && signed.Size > size)
            return false;
        var tree = new StoredTree(StoredHashes.Of(connection), size);
        var (from, fromRoot) = signed is null ? (size, await tree.RootAsync(cancellation)) : (signed.Size, signed.Root);
        var proof = await tree.ConsistencyAsync(from, cancellation);
        return TreeProof.Consistency(from, fromRoot, size, root, proof) == ProofVerdict.Proven;
    }

    private static async Task<SignedNote?> NewestCopyAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Newest, transaction.Connection, transaction);
        if (await command.ExecuteScalarAsync(cancellation) is not string copy)
            return null;
        return SignedNote.TryParse(Encoding.UTF8.GetBytes(copy), out var note) == NoteProblem.None
            ? note
            : throw new InvalidDataException("the newest copy of a checkpoint in the database is no note");
    }

    private async Task<CheckpointAttempt> EnteredAsync(NpgsqlTransaction transaction, SignedNote note, Checkpoint checkpoint, CancellationToken cancellation)
    {
        await using (var command = new NpgsqlCommand(Copy, transaction.Connection, transaction) { Parameters = { new() { Value = checkpoint.Size }, new() { Value = note.ToString() } } })
            await command.ExecuteNonQueryAsync(cancellation);
        await store.Appender.AppendAsync(transaction, [new Draft(null, EventOf(checkpoint))], access: false, cancellation);
        await transaction.CommitAsync(cancellation);
        return new(note, note, null);
    }

    private CheckpointSigned EventOf(Checkpoint checkpoint) => new()
    {
        At = time.GetRecordNow(),
        Outcome = Outcomes.Success,
        Channel = "api",
        Origin = "processors",
        Size = checkpoint.Size,
        Root = checkpoint.Root,
    };
}
