using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using Npgsql;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>A day that was folded again, and the revisions of the policy that blocks with events of it name.</summary>
/// <param name="IsForgotten">Its state ended in a partition and began again: whoever came again counts twice.</param>
internal sealed record FoldedDay(TouchedDay Day, IReadOnlyList<string> Policies, bool IsForgotten)
{
    /// <summary>Both, where there is another.</summary>
    public FoldedDay And(FoldedDay? other) => other is null ? this : new FoldedDay(
        Day with { IsLive = Day.IsLive || other.Day.IsLive, LatenessMs = Math.Max(Day.LatenessMs, other.Day.LatenessMs) },
        [.. Policies.Union(other.Policies, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        IsForgotten || other.IsForgotten);
}

/// <summary>
/// Blocks of a rebuild's generation. What is known of them lives as long as one folding of the span: whoever takes the
/// rebuild up after a crash folds again under new attempts, and rows of the old ones are never named. Not thread-safe.
/// </summary>
/// <param name="tell">Told the next offset after each block.</param>
internal sealed class GenerationLedger(NpgsqlDataSource database, Func<Block, CancellationToken, Task> tell) : IBlockLedger
{
    private readonly Dictionary<(int Partition, long Offset), long> _open = [];
    private readonly HashSet<long> _attempts = [];
    private readonly Dictionary<(string Site, DateOnly Day), FoldedDay> _days = [];
    private readonly HashSet<(string Site, DateOnly Day, int Partition)> _began = [];
    private readonly Dictionary<(string Site, Outcome Outcome), long> _books = [];

    /// <summary>The attempts whose rows are in and count for the comparison.</summary>
    public IReadOnlySet<long> Attempts => _attempts;

    /// <summary>The days that got cells.</summary>
    public IReadOnlyDictionary<(string Site, DateOnly Day), FoldedDay> Days => _days;

    /// <summary>Events by site and outcome.</summary>
    public IReadOnlyDictionary<(string Site, Outcome Outcome), long> Books => _books;

    /// <inheritdoc/>
    public async Task<BlockPosition> BeginAsync(Block block, CancellationToken cancellation)
    {
        if (!block.HasCells)
            return new BlockPosition(BlockStep.Finish);
        return _open.TryGetValue((block.Claim.Partition, block.FirstOffset), out var attempt)
            ? new BlockPosition(BlockStep.Settle, attempt, IsEqual: true)
            : await RenewAsync(block, cancellation);
    }

    /// <inheritdoc/>
    public async Task<BlockPosition> RenewAsync(Block block, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select kp.new_attempt('pending')");
        var attempt = (long)(await command.ExecuteScalarAsync(cancellation))!;
        _open[(block.Claim.Partition, block.FirstOffset)] = attempt;
        return new BlockPosition(BlockStep.Insert, attempt);
    }

    /// <inheritdoc/>
    public async Task<BlockPosition> FinishAsync(Block block, long attempt, CancellationToken cancellation)
    {
        await tell(block, cancellation);
        if (attempt != 0)
            _attempts.Add(attempt);
        foreach (var day in block.Content.Days)
            _days[(day.Site, day.Day)] = new FoldedDay(day, block.Content.Policies, day.Began && !_began.Add((day.Site, day.Day, block.Claim.Partition))).And(_days.GetValueOrDefault((day.Site, day.Day)));
        foreach (var entry in block.Content.Books)
            _books[(entry.Site, entry.Outcome)] = _books.GetValueOrDefault((entry.Site, entry.Outcome)) + entry.Events;
        return new BlockPosition(BlockStep.Done, attempt);
    }
}
