using KpTelemetry.Privacy.Counting;

namespace KpTelemetry.Processors.Blocks;

/// <summary>A partition that this process has claimed. Everything written under the claim is guarded by the epoch: a later claim ends it.</summary>
public sealed record Claim(Guid Topic, int Partition, long Epoch);

/// <summary>Where a later fold may start: the fold's clock at an offset where a block begins.</summary>
public sealed record ReplayPoint(long Offset, byte[] Clock);

/// <summary>Of a rebuild's rows: its number, and the log day that they lie under, since the key of their own may have ended.</summary>
public sealed record Generation(int Number, DateOnly LogDay);

/// <summary>A span of a partition's log, folded, on its way to being counted exactly once.</summary>
public sealed record Block
{
    public required Claim Claim { get; init; }

    /// <summary>The first offset; there may be gaps in the log's numbers.</summary>
    public required long FirstOffset { get; init; }

    /// <summary>The last offset, included.</summary>
    public required long LastOffset { get; init; }

    /// <summary>The version of the fold, lists included.</summary>
    public required int FoldVersion { get; init; }

    /// <summary>HMAC-SHA256 of the cells: equal when a fold of the same span came to the same.</summary>
    public required byte[] Digest { get; init; }

    public required BlockContent Content { get; init; }

    /// <summary>0 for what is counted; else the rebuild whose comparison the rows are for.</summary>
    public int Generation { get; init; }

    /// <summary>Where a replay must start to have the state after this block: a replay point, or 0.</summary>
    public required long ReplayFrom { get; init; }

    /// <summary>A replay point at <see cref="NextOffset"/>, where one is due.</summary>
    public ReplayPoint? Point { get; init; }

    /// <summary>The first offset of the block after this one.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>Whether it adds to ClickHouse. One that does not needs no intent: its transaction in PostgreSQL is all there is.</summary>
    public bool HasCells => Content.Cells.Count > 0;
}
