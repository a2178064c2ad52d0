namespace KpTelemetry.Local.Broker.Net;

/// <summary>A number of bytes that requests in flight share; who finds too few left waits its turn.</summary>
internal sealed class ByteBudget(int total)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(int Bytes, TaskCompletionSource Granted)> _waiting = new();
    private int _left = total;

    /// <summary>Takes <paramref name="bytes"/>, at most the whole budget, when they are free and nobody waited longer.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> came first; nothing is taken.</exception>
    public async ValueTask TakeAsync(int bytes, CancellationToken stop)
    {
        LinkedListNode<(int, TaskCompletionSource Granted)> node;
        lock (_gate)
        {
            if (_waiting.Count == 0 && bytes <= _left)
            {
                _left -= bytes;
                return;
            }

            node = _waiting.AddLast((bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var cancelling = stop.UnsafeRegister(_ => Abandon(node, stop), null);
        await node.Value.Granted.Task;
    }

    public void Give(int bytes)
    {
        lock (_gate)
        {
            _left += bytes;
            GrantWaiting();
        }
    }

    private void Abandon(LinkedListNode<(int, TaskCompletionSource Granted)> node, CancellationToken stop)
    {
        lock (_gate)
        {
            if (node.Value.Granted.TrySetCanceled(stop))
            {
                _waiting.Remove(node);
                GrantWaiting();
            }
        }
    }

    private void GrantWaiting()
    {
        while (_waiting.First is { } first && first.Value.Bytes <= _left)
        {
            _left -= first.Value.Bytes;
            _waiting.RemoveFirst();
            first.Value.Granted.SetResult();
        }
    }
}
