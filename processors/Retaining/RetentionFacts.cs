namespace KpTelemetry.Processors.Retaining;

/// <summary>How far a partition is.</summary>
/// <param name="ReplayFrom">Where a replay would start; nothing before it is read again.</param>
internal sealed record PartitionFacts(int Partition, long ReplayFrom, DateTimeOffset Watermark);

/// <summary>Where in a partition's log groups name a key.</summary>
internal sealed record KeyUse(int Partition, RetainedKey Key, long FirstOffset, long LastOffset);

/// <summary>What pending cells of a log day wait for.</summary>
/// <param name="ClosesAt">When the last site's day with cells among them has waited for late events; null where there are none.</param>
/// <param name="HasOpenBlock">A block of that day is not done.</param>
/// <param name="IsUndecided">The publisher of a site has not decided upon a block of that day.</param>
/// <param name="IsUnsettled">A site's day with cells among them is open, or has late data that it was not settled with yet.</param>
internal sealed record PendingFacts(DateOnly LogDay, DateTimeOffset? ClosesAt, bool HasOpenBlock, bool IsUndecided, bool IsUnsettled);

/// <summary>A rebuild that was asked for and is not done.</summary>
/// <param name="From">The first offset of each partition that it reads, again where it was interrupted; null while that is not decided.</param>
internal sealed record RebuildFacts(Guid Id, IReadOnlyDictionary<int, long>? From)
{
    public bool Needs(KeyUse use) => From is null || (From.TryGetValue(use.Partition, out var from) && use.LastOffset >= from);
}

/// <summary>Days of which nothing may end.</summary>
internal sealed record HoldFacts(DateOnly From, DateOnly? To)
{
    public bool Covers(DateOnly day) => Covers(day, day);

    /// <summary>Whether it covers any day of these.</summary>
    public bool Covers(DateOnly first, DateOnly last) => last >= From && (To is null || first <= To);
}

/// <summary>Everything that decides what may end.</summary>
/// <param name="Expected">How many partitions the topic has; fewer in <paramref name="Partitions"/> means that some have never been read.</param>
internal sealed record RetentionFacts(
    int Expected, IReadOnlyList<PartitionFacts> Partitions, IReadOnlyList<KeyUse> Uses, IReadOnlyList<PendingFacts> Pending, IReadOnlyList<HoldFacts> Holds)
{
    /// <summary>Rebuilds that are not done.</summary>
    public IReadOnlyList<RebuildFacts> Rebuilds { get; init; } = [];

    /// <summary>Log time up to which every partition has received everything; null while one has never been read.</summary>
    public DateTimeOffset? Watermark => Partitions.Count < Expected || Expected == 0 ? null : Partitions.Min(partition => partition.Watermark);
}
