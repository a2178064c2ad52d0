using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Processors.Retaining;

/// <summary>What a living key waits for.</summary>
/// <param name="Until">When policy ends it, in log time; null while that is not known.</param>
/// <param name="WaitsFor">What else it waits for, in words; null when it may end now.</param>
internal readonly record struct Verdict(RetainedKey Key, DateTimeOffset? Until, string? WaitsFor)
{
    public bool MayEnd => WaitsFor is null;
}

/// <summary>
/// Whether everything is done with a key. Time is the log's: a stack that stood still ends nothing before it has read
/// what came meanwhile. A key's time is the shortest of all revisions of the policy that were in force since its day, so
/// that a stricter one reaches back and a laxer one does not (P0 revisions). Pure.
/// </summary>
internal sealed class RetentionRule(PolicyBook book, RetentionFacts facts)
{
    private const string Rebuild = "a rebuild that is under way";

    /// <summary>The verdict on a living key.</summary>
    public Verdict On(RetainedKey key)
    {
        var until = Until(key);
        return new Verdict(key, until, Hindrance(key, until));
    }

    private DateTimeOffset Until(RetainedKey key) => key.Purpose switch
    {
        KeyPurpose.State => key.DayEnds + Days(key, PolicyKeys.StateKeyUseDays) + Days(key, PolicyKeys.RawDays),
        KeyPurpose.Pending => PendingUntil(key),
        _ => key.DayEnds + Days(key, PolicyKeys.RawDays),
    };

    private TimeSpan Days(RetainedKey key, PolicyKey policy) => TimeSpan.FromDays(Holding(key)[policy]);

    private PolicyValues Holding(RetainedKey key) => book.Holding(key.DayBegins, facts.Watermark ?? key.DayBegins);

    // By then every site's day with cells in it is closed, unless only a part of a day was imported: that never closes by
    // itself, and ends as raw telemetry does.
    private DateTimeOffset PendingUntil(RetainedKey key)
    {
        var pending = PendingOf(key);
        var closed = pending?.ClosesAt is { } closes && closes > key.DayEnds ? closes : key.DayEnds;
        return closed + (pending is { IsUnsettled: true } ? Days(key, PolicyKeys.RawDays) : TimeSpan.FromHours(Holding(key)[PolicyKeys.PendingHours]));
    }

    private string? Hindrance(RetainedKey key, DateTimeOffset until)
    {
        if (facts.Holds.Any(hold => hold.Covers(key.Day)))
            return "a legal hold";
        if (facts.Watermark is not { } watermark)
            return "partitions that have not been read yet";
        if (watermark < until)
            return "its time by policy";
        return key.Purpose == KeyPurpose.Pending ? PendingHindrance(key) : LogHindrance(key);
    }

    // A rebuild compares with the cells of every day that it folds, and has its own under the day of the log.
    private string? PendingHindrance(RetainedKey key) => PendingOf(key) switch
    {
        { HasOpenBlock: true } => "a block that is not done",
        _ when facts.Rebuilds.Count > 0 => Rebuild,
        { IsUndecided: true } => "the publisher's decision",
        _ => null,
    };

    // A replay line has no header of its own: it lies in a group under the sealing key of its day.
    private string? LogHindrance(RetainedKey key)
    {
        var named = key.Purpose == KeyPurpose.Replay ? key with { Purpose = KeyPurpose.Sealing } : key;
        var replayFrom = facts.Partitions.ToDictionary(partition => partition.Partition, partition => partition.ReplayFrom);
        if (facts.Uses.Any(use => use.Key == named && use.LastOffset >= replayFrom[use.Partition]))
            return "a partition whose state would be replayed from there";
        return facts.Rebuilds.Any(rebuild => rebuild.From is null || facts.Uses.Any(use => use.Key == named && rebuild.Needs(use))) ? Rebuild : null;
    }

    private PendingFacts? PendingOf(RetainedKey key) => facts.Pending.FirstOrDefault(pending => pending.LogDay == key.Day);

    /// <summary>
    /// The first offset of each partition that is still of use once <paramref name="ending"/> have ended: everything before
    /// it may be deleted. Empty while it is not known where groups of some living sealing key lie.
    /// </summary>
    public IReadOnlyDictionary<int, long> DeleteBefore(IEnumerable<RetainedKey> living, IEnumerable<RetainedKey> ending)
    {
        var kept = living.Where(key => key.Purpose == KeyPurpose.Sealing).Except(ending).ToHashSet();
        if (!kept.IsSubsetOf(facts.Uses.Select(use => use.Key)))
            return new Dictionary<int, long>();
        return facts.Partitions.ToDictionary(
            partition => partition.Partition,
            partition => facts.Uses.Where(use => use.Partition == partition.Partition && kept.Contains(use.Key)).Select(use => use.FirstOffset).Append(partition.ReplayFrom).Min());
    }
}
