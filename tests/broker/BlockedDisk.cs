using KpTelemetry.Local.Broker.Storage;

namespace KpTelemetry.Broker.Tests;

/// <summary>Holds the flusher's thread as a slow disk would, until it is released or disposed.</summary>
internal sealed class BlockedDisk : IFlushTarget, IDisposable
{
    private readonly TaskCompletionSource _reached = new();
    private readonly TaskCompletionSource _released = new();

    public bool FlushDue { get; set; }

    public void StartWriteback()
    {
    }

    public void Flush()
    {
        _reached.SetResult();
        _released.Task.Wait();
    }

    public void AwaitFlush() => _reached.Task.Wait();

    public void Release() => _released.TrySetResult();

    public void Dispose() => Release();
}
