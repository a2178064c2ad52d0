using KpTelemetry.Local.ClickHouse.Engine;

namespace KpTelemetry.Local.ClickHouse.Running;

/// <summary>
/// Notices that a statement was killed while it waits for its client. The engine marks it, but a statement that has
/// nothing to do does not look; without this a killed insert would stay until its client sends again or gives up.
/// Where the client has left, the statement is killed again and again until it ends: a kill that comes before the engine
/// has begun with the statement finds nothing, and the statement would run for ever.
/// </summary>
internal sealed class KillWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _killed;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _aborted;
    private readonly Task _watching;

    /// <param name="aborted">Cancels <see cref="Token"/> as well.</param>
    public KillWatch(EmbeddedEngine engine, string id, TimeProvider time, CancellationToken aborted)
    {
        _aborted = aborted;
        _killed = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _watching = WatchAsync(engine, id, time);
    }

    /// <summary>Cancelled once the statement was killed.</summary>
    public CancellationToken Token => _killed.Token;

    /// <summary>True if the statement was killed, and its client is still there to be told.</summary>
    public bool Killed => _killed.IsCancellationRequested && !_aborted.IsCancellationRequested;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _killed.Dispose();
    }

    private async Task WatchAsync(EmbeddedEngine engine, string id, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(_end.Token))
        {
            if (_aborted.IsCancellationRequested)
            {
                engine.Kill(id);
            }
            else if (engine.IsKilled(id))
            {
                await _killed.CancelAsync();
                return;
            }
        }
    }
}
