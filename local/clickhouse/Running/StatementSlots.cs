using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;

namespace KpTelemetry.Local.ClickHouse.Running;

/// <summary>Bounds how many statements run and how many wait; whoever comes beyond that is told at once.</summary>
public sealed class StatementSlots : IDisposable
{
    private readonly SemaphoreSlim _running = new(Limits.RunningStatements);
    private int _waiting;

    /// <summary>Waits for a turn.</summary>
    /// <returns>What gives the turn back when it is disposed.</returns>
    /// <exception cref="EngineException">TOO_MANY_SIMULTANEOUS_QUERIES.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        if (await _running.WaitAsync(0, cancellation)) return new Turn(_running);
        if (Interlocked.Increment(ref _waiting) > Limits.WaitingStatements)
        {
            Interlocked.Decrement(ref _waiting);
            throw TooMany();
        }
        try
        {
            return await _running.WaitAsync(Limits.Wait, cancellation) ? new Turn(_running) : throw TooMany();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _running.Dispose();

    private static EngineException TooMany() => EngineException.Of(
        ErrorCode.TooManySimultaneousQueries,
        $"Too many simultaneous queries. Maximum: {Limits.RunningStatements}, and {Limits.WaitingStatements} waiting");

    private sealed class Turn(SemaphoreSlim running) : IDisposable
    {
        private SemaphoreSlim? _running = running;

        public void Dispose() => Interlocked.Exchange(ref _running, null)?.Release();
    }
}
