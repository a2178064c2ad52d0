using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Privacy.Counting;
using Npgsql;

namespace KpTelemetry.Processors.Blocks;

/// <summary>Blocks in PostgreSQL. The row of <c>kp.partitions</c> is locked first by every transaction, so that a claim and a step of its predecessor cannot cross.</summary>
public sealed class BlockLedger(NpgsqlDataSource database, AccessRecorder access) : IBlockLedger
{
    private const string Guard = "select next_offset from kp.partitions where topic = $1 and partition = $2 and epoch = $3 for update";
    private const string FindIntent = "select attempt, last_offset, fold_version, digest from kp.blocks where topic = $1 and partition = $2 and first_offset = $3 and seq is null";

    private const string StateIntent =
        """
        insert into kp.blocks (topic, partition, first_offset, last_offset, epoch, fold_version, digest, rows, log_day, policies, attempt)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, kp.new_attempt('pending'))
        on conflict (topic, partition, first_offset) do update set last_offset = excluded.last_offset, epoch = excluded.epoch,
            fold_version = excluded.fold_version, digest = excluded.digest, rows = excluded.rows, log_day = excluded.log_day, policies = excluded.policies, attempt = excluded.attempt
        returning attempt
        """;

    /// <inheritdoc/>
    public Task<BlockPosition> BeginAsync(Block block, CancellationToken cancellation) => GuardedAsync(
        block,
        async (transaction, token) => !block.HasCells
            ? new BlockPosition(BlockStep.Finish)
            : await FindAsync(transaction, block, token) ?? await StateAsync(transaction, block, token),
        cancellation);

    /// <inheritdoc/>
    public Task<BlockPosition> RenewAsync(Block block, CancellationToken cancellation) =>
        GuardedAsync(block, (transaction, token) => StateAsync(transaction, block, token), cancellation);

    /// <inheritdoc/>
    public Task<BlockPosition> FinishAsync(Block block, long attempt, CancellationToken cancellation) => GuardedAsync(
        block,
        async (transaction, token) =>
        {
            await FinishingBlock.WriteAsync(transaction, block, attempt, token);
            // Last: it locks the head of the access record until the commit.
            await access.AppendAsync(transaction, SpanOf(block), token);
            return new BlockPosition(BlockStep.Done, attempt);
        },
        cancellation);

    // Runs a step where the claim holds and the block is the next one of its partition.
    private async Task<BlockPosition> GuardedAsync(Block block, Func<NpgsqlTransaction, CancellationToken, Task<BlockPosition>> step, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var guard = new NpgsqlCommand(Guard, connection, transaction)
        {
            Parameters = { new() { Value = block.Claim.Topic }, new() { Value = block.Claim.Partition }, new() { Value = block.Claim.Epoch } },
        };
        if (await guard.ExecuteScalarAsync(cancellation) is not long next)
            return new BlockPosition(BlockStep.Lost);
        // A commit whose answer did not arrive: it was done, under this very claim, hence with these very rows.
        if (next == block.NextOffset)
            return new BlockPosition(BlockStep.Done);
        if (next != block.FirstOffset)
            throw new InvalidOperationException($"the next block of partition {block.Claim.Partition} begins at {next}, not at {block.FirstOffset}");
        var position = await step(transaction, cancellation);
        await transaction.CommitAsync(cancellation);
        return position;
    }

    private static async Task<BlockPosition?> FindAsync(NpgsqlTransaction transaction, Block block, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(FindIntent, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = block.Claim.Topic }, new() { Value = block.Claim.Partition }, new() { Value = block.FirstOffset } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var isEqual = reader.GetInt64(1) == block.LastOffset && reader.GetInt32(2) == block.FoldVersion && reader.GetFieldValue<byte[]>(3).AsSpan().SequenceEqual(block.Digest);
        return new BlockPosition(BlockStep.Settle, reader.GetInt64(0), isEqual);
    }

    private static async Task<BlockPosition> StateAsync(NpgsqlTransaction transaction, Block block, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(StateIntent, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = block.Claim.Topic }, new() { Value = block.Claim.Partition }, new() { Value = block.FirstOffset },
                new() { Value = block.LastOffset }, new() { Value = block.Claim.Epoch }, new() { Value = block.FoldVersion },
                new() { Value = block.Digest }, new() { Value = block.Content.Cells.Count }, new() { Value = block.Content.LogDay },
                new() { Value = block.Content.Policies.ToArray() },
            },
        };
        return new BlockPosition(BlockStep.Insert, (long)(await command.ExecuteScalarAsync(cancellation))!);
    }

    private static AccessSpan SpanOf(Block block) => new(
        block.Claim.Topic, block.Claim.Partition,
        [.. block.Content.Access.Select(entry => AccessOf(entry, block.Claim.Partition) with { ReceivedMs = entry.ReceivedMs, Import = entry.Import == Guid.Empty ? null : entry.Import })],
        [.. block.Content.Marks.Select(mark => new SessionMark(mark.Before, mark.ThroughMs, mark.Import))]);

    private static MemberAccess AccessOf(AccessEntry entry, int partition)
    {
        if (entry.Source is { } source)
            return MemberAccess.FromLine(source, entry.Event);
        if (entry.Event is { Sender.Length: > 0, EventId.Length: > 0 })
            return MemberAccess.FromPortal(entry.Event.Sender, entry.Event);
        // An instance numbers its groups per partition: without it two events of one number would be one.
        return MemberAccess.FromStream(entry.Sender.Length > 0 ? $"{entry.Sender}/{partition}" : "", entry.EventId, entry.Event);
    }
}
