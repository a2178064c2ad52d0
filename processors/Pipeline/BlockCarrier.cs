using System.Data.Common;
using KpTelemetry.Processors.Blocks;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>
/// Carries blocks to their end however long a store is away: with back-off, from the protocol's beginning each time,
/// since after a failure the outcome of a step is unknown. Meanwhile its partition is not read on.
/// </summary>
public sealed partial class BlockCarrier(BlockProtocol protocol, TimeProvider time, ProcessorHealth health, ILogger<BlockCarrier> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>True when the block is done, false when the claim is lost.</summary>
    public async Task<bool> CarryAsync(Block block, CancellationToken stop)
    {
        for (var pause = FirstPause; ; pause = pause * 2 > LongestPause ? LongestPause : pause * 2)
        {
            try
            {
                var isDone = await protocol.CarryAsync(block, stop);
                health.Working(block.Claim.Partition);
                return isDone;
            }
            catch (Exception failure) when (IsOfStore(failure) && !stop.IsCancellationRequested)
            {
                health.Waiting(block.Claim.Partition, failure);
                LogWaiting(block.Claim.Partition, failure.GetType().Name, pause);
            }

            await Task.Delay(pause, time, stop);
        }
    }

    /// <summary>Whether a failure is one of a store or the way to it. Anything else is a fault of this program and ends the pipeline.</summary>
    internal static bool IsOfStore(Exception failure) =>
        failure is DbException or HttpRequestException or IOException or TimeoutException or OperationCanceledException;

    // The type alone: messages of stores can quote what was sent.
    [LoggerMessage(LogLevel.Warning, "partition {Partition} waits: a store did not take a step ({Failure}), trying again in {Pause}")]
    private partial void LogWaiting(int partition, string failure, TimeSpan pause);
}
