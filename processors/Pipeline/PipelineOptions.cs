namespace KpTelemetry.Processors.Pipeline;

/// <summary>When blocks are cut.</summary>
public sealed record PipelineOptions
{
    /// <summary>Rows from which a block ends. Default 100,000.</summary>
    public int BlockRows { get; init; } = 100_000;

    /// <summary>Cells from which a block ends; far below what one insert may carry, since a single group can add many. Default 32,768: a quarter of a kilobyte each, twice, while it is inserted.</summary>
    public int BlockCells { get; init; } = 32_768;

    /// <summary>How long a block waits for more after its first record. Default 1 s.</summary>
    public TimeSpan BlockWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Blocks between two offsets where a replay can start. Default 64.</summary>
    public int BlocksBetweenReplayPoints { get; init; } = 64;
}
