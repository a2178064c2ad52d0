using System.Collections.Concurrent;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>
/// The memory of logs requests under way, and their bound: each holds at most one request's content.
/// </summary>
internal sealed class GatheringPool(KeyStore keys, int partitions, DropRule drops) : IDisposable
{
    /// <summary>Requests that are read at one time.</summary>
    public const int AtOnce = 4;

    /// <summary>Requests that wait, unread, for their turn; more are refused.</summary>
    public const int MostWaiting = 16;

    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly ConcurrentBag<(LogGathering Gathering, LineSplitter Splitter)> _idle = [];
    private int _waiting;

    /// <summary>Waits for a turn; null where too many wait already.</summary>
    public async Task<Turn?> TakeAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting + AtOnce)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            await _turns.WaitAsync(cancellation);
        }
        catch
        {
            Interlocked.Decrement(ref _waiting);
            throw;
        }

        return new Turn(this, _idle.TryTake(out var idle) ? idle : (new LogGathering(keys, partitions, drops), new LineSplitter()));
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var idle))
            idle.Gathering.Dispose();
        _turns.Dispose();
    }

    private void Give((LogGathering Gathering, LineSplitter Splitter) parts)
    {
        _idle.Add(parts);
        _turns.Release();
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>A request's turn, given back when disposed.</summary>
    public sealed class Turn(GatheringPool pool, (LogGathering Gathering, LineSplitter Splitter) parts) : IDisposable
    {
        public LogGathering Gathering => parts.Gathering;

        public LineSplitter Splitter => parts.Splitter;

        public void Dispose() => pool.Give(parts);
    }
}
