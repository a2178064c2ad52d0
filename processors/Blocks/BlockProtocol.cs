namespace KpTelemetry.Processors.Blocks;

/// <summary>Where a block is on its way.</summary>
public enum BlockStep
{
    /// <summary>State the intent, or find the one that was stated.</summary>
    Begin,
    /// <summary>An insert of unknown outcome: end it, and look for its marker.</summary>
    Settle,
    /// <summary>Its rows are not in, or are not these: name a new attempt.</summary>
    Renew,
    /// <summary>Insert rows and marker under the attempt.</summary>
    Insert,
    /// <summary>One transaction that names the attempt as done, with everything else that the block comes to.</summary>
    Finish,
    /// <summary>Counted, exactly once.</summary>
    Done,
    /// <summary>Somebody else has claimed the partition; whatever this process still does changes nothing.</summary>
    Lost,
}

/// <summary>A block's step, and the attempt that it concerns.</summary>
/// <param name="IsEqual">At <see cref="BlockStep.Settle"/>: whether the attempt's rows are this block's rows, so that they may stand if they are in.</param>
public readonly record struct BlockPosition(BlockStep Step, long Attempt = 0, bool IsEqual = false)
{
    /// <summary>Where every carrying of a block begins, whoever had it before and however far.</summary>
    public static BlockPosition Start { get; } = new(BlockStep.Begin);

    public bool IsEnd => Step is BlockStep.Done or BlockStep.Lost;
}

/// <summary>
/// Carries a block to being counted exactly once (docs/BLOCKS.md). Every step reads or changes one store in one act, and
/// every step's outcome may be unknown: whoever is to carry on (this process after a failure, or another after a
/// take-over) starts at <see cref="BlockStep.Begin"/> and finds out. Only attempts named by done blocks are ever read,
/// so that an insert that lands late, or twice under two attempts, is never seen.
/// </summary>
public sealed class BlockProtocol(IBlockLedger ledger, IBlockStore store)
{
    /// <summary>Carries the block until it is done (true) or the claim is lost (false). After an exception, call again.</summary>
    public async Task<bool> CarryAsync(Block block, CancellationToken cancellation)
    {
        var position = BlockPosition.Start;
        while (!position.IsEnd)
            position = await AdvanceAsync(block, position, cancellation);
        return position.Step == BlockStep.Done;
    }

    /// <summary>Takes one step.</summary>
    public async Task<BlockPosition> AdvanceAsync(Block block, BlockPosition at, CancellationToken cancellation) => at.Step switch
    {
        BlockStep.Begin => await ledger.BeginAsync(block, cancellation),
        BlockStep.Settle => await store.SettleAsync(at.Attempt, cancellation) && at.IsEqual
            ? at with { Step = BlockStep.Finish }
            : at with { Step = BlockStep.Renew },
        BlockStep.Renew => await ledger.RenewAsync(block, cancellation),
        BlockStep.Insert => await InsertAsync(block, at, cancellation),
        BlockStep.Finish => await ledger.FinishAsync(block, at.Attempt, cancellation),
        _ => throw new ArgumentOutOfRangeException(nameof(at), at.Step, "an ended block takes no step"),
    };

    private async Task<BlockPosition> InsertAsync(Block block, BlockPosition at, CancellationToken cancellation)
    {
        await store.InsertAsync(block, at.Attempt, cancellation);
        return at with { Step = BlockStep.Finish };
    }
}

/// <summary>What PostgreSQL knows of blocks. Each call is one transaction, guarded by the claim's epoch.</summary>
public interface IBlockLedger
{
    /// <summary>
    /// States the block's intent: to <see cref="BlockStep.Insert"/> under a new attempt. Where one was stated before, to
    /// <see cref="BlockStep.Settle"/> with its attempt; for a block without cells straight to <see cref="BlockStep.Finish"/>.
    /// </summary>
    Task<BlockPosition> BeginAsync(Block block, CancellationToken cancellation);

    /// <summary>Names a new attempt for a block whose intent is stated: to <see cref="BlockStep.Insert"/>.</summary>
    Task<BlockPosition> RenewAsync(Block block, CancellationToken cancellation);

    /// <summary>Ends the block, naming the attempt that readers may see; 0 for a block without cells.</summary>
    Task<BlockPosition> FinishAsync(Block block, long attempt, CancellationToken cancellation);
}

/// <summary>What ClickHouse holds of blocks.</summary>
public interface IBlockStore
{
    /// <summary>Inserts the block's rows and marker. Returning means that they are in; after an exception they may be, or may come.</summary>
    Task InsertAsync(Block block, long attempt, CancellationToken cancellation);

    /// <summary>Ends the attempt's insert where it runs, and tells whether its rows are in.</summary>
    Task<bool> SettleAsync(long attempt, CancellationToken cancellation);
}
