using System.Collections.Immutable;
using KpTelemetry.Processors.Blocks;

namespace KpTelemetry.Pipeline.Tests.Blocks;

/// <summary>A process that has claimed the partition, and how far it has carried the block. Its rows are told apart by the version of its fold.</summary>
internal sealed record Owner(long Epoch, int FoldVersion, BlockPosition Position);

/// <summary>
/// Everything there is of one block: what PostgreSQL and ClickHouse hold of it, inserts that are on their way, and the
/// processes that carry it, zombies included. A value: equal worlds are one state of the walk.
/// </summary>
internal sealed record World
{
    public static World Empty { get; } = new();

    public long Epoch { get; init; }
    public bool IsDone { get; init; }
    public (long Attempt, int FoldVersion)? Intent { get; init; }
    public long Attempts { get; init; }
    public ImmutableSortedSet<long> Named { get; init; } = [];
    public ImmutableSortedSet<long> Landed { get; init; } = [];
    public ImmutableSortedSet<long> Flying { get; init; } = [];
    public ImmutableList<Owner> Owners { get; init; } = [];

    /// <summary>What a reader sees who follows kp.attempts: blocks' rows, by attempt.</summary>
    public IEnumerable<long> Visible => Landed.Intersect(Named);

    /// <summary>As text, by which states are told apart.</summary>
    public string Key => string.Join(
        ' ', Epoch, IsDone, Intent, Attempts, string.Join(',', Named), string.Join(',', Landed), string.Join(',', Flying), string.Join(',', Owners));

    /// <summary>
    /// The same state in its one form. Of claims it matters which one holds; of attempts, which are the same. One that
    /// neither the intent nor a process holds can never be named, whatever becomes of its rows. So the states are finite,
    /// whatever the number of claims and faults.
    /// </summary>
    public World Canonical()
    {
        var carrying = Owners.Where(owner => !owner.Position.IsEnd).ToArray();
        var held = carrying.Select(owner => owner.Position.Attempt).Append(Intent?.Attempt ?? 0).Concat(Named).Where(attempt => attempt > 0).Distinct().Order().ToList();
        return this with
        {
            Epoch = 1,
            Intent = Intent is { } intent ? (Renamed(intent.Attempt), intent.FoldVersion) : null,
            Attempts = held.Count,
            Named = [.. Named.Select(Renamed)],
            Landed = [.. Landed.Where(held.Contains).Select(Renamed)],
            Flying = [.. Flying.Where(held.Contains).Select(Renamed)],
            Owners = [.. carrying.Select(owner => owner with { Epoch = owner.Epoch == Epoch ? 1 : 0, Position = owner.Position with { Attempt = Renamed(owner.Position.Attempt) } })
                .OrderBy(owner => owner.Epoch).ThenBy(owner => owner.FoldVersion).ThenBy(owner => owner.Position.Step).ThenBy(owner => owner.Position.Attempt).ThenBy(owner => owner.Position.IsEqual)],
        };

        long Renamed(long attempt) => held.IndexOf(attempt) + 1;
    }
}

/// <summary>How a step goes wrong, or not.</summary>
internal enum Fault
{
    /// <summary>It takes effect, and says so.</summary>
    None,
    /// <summary>It takes no effect, and fails.</summary>
    BeforeEffect,
    /// <summary>It takes effect, and fails: the answer was lost.</summary>
    AfterEffect,
    /// <summary>An insert fails for its sender, and may land at any time from now on.</summary>
    StaysOnItsWay,
    /// <summary>A kill finds nothing to kill, since the insert has not arrived yet.</summary>
    KillsNothing,
}

/// <summary>The stores of a world, one step at a time, with at most one fault.</summary>
internal sealed class ModelStores(World world, Fault fault) : IBlockLedger, IBlockStore
{
    public World World { get; private set; } = world;

    public Task<BlockPosition> BeginAsync(Block block, CancellationToken cancellation) => Guarded(block, () => World.Intent is { } stated
        ? new BlockPosition(BlockStep.Settle, stated.Attempt, stated.FoldVersion == block.FoldVersion)
        : StateIntent(block));

    public Task<BlockPosition> RenewAsync(Block block, CancellationToken cancellation) => Guarded(block, () => StateIntent(block));

    public Task<BlockPosition> FinishAsync(Block block, long attempt, CancellationToken cancellation) => Guarded(block, () =>
    {
        World = World with { IsDone = true, Named = World.Named.Add(attempt) };
        return new BlockPosition(BlockStep.Done, attempt);
    });

    public Task InsertAsync(Block block, long attempt, CancellationToken cancellation) => Step(() =>
    {
        World = fault == Fault.StaysOnItsWay ? World with { Flying = World.Flying.Add(attempt) } : World with { Landed = World.Landed.Add(attempt) };
        return true;
    });

    public Task<bool> SettleAsync(long attempt, CancellationToken cancellation) => Step(() =>
    {
        if (fault != Fault.KillsNothing)
            World = World with { Flying = World.Flying.Remove(attempt) };
        return World.Landed.Contains(attempt);
    });

    private Task<BlockPosition> Guarded(Block block, Func<BlockPosition> step) => Step(() => block.Claim.Epoch != World.Epoch
        ? new BlockPosition(BlockStep.Lost)
        : World.IsDone ? new BlockPosition(BlockStep.Done) : step());

    private BlockPosition StateIntent(Block block)
    {
        World = World with { Attempts = World.Attempts + 1, Intent = (World.Attempts + 1, block.FoldVersion) };
        return new BlockPosition(BlockStep.Insert, World.Attempts);
    }

    private Task<T> Step<T>(Func<T> effect)
    {
        if (fault == Fault.BeforeEffect)
            throw new IOException("the model's fault");
        var result = effect();
        return fault is Fault.AfterEffect or Fault.StaysOnItsWay ? throw new IOException("the model's fault") : Task.FromResult(result);
    }
}
