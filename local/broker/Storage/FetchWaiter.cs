namespace KpTelemetry.Local.Broker.Storage;

/// <summary>One waiting fetch; partitions wake it when their high watermark moves.</summary>
internal sealed class FetchWaiter
{
    private readonly TaskCompletionSource<bool> _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Wake() => _woken.TrySetResult(true);

    /// <summary>Waits until woken, for at most <paramref name="patience"/>, or until <paramref name="stop"/>; false if not woken.</summary>
    public async Task<bool> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken stop)
    {
        await using var timer = time.CreateTimer(_ => _woken.TrySetResult(false), null, patience, Timeout.InfiniteTimeSpan);
        await using var stopping = stop.UnsafeRegister(_ => _woken.TrySetResult(false), null);
        return await _woken.Task;
    }
}
