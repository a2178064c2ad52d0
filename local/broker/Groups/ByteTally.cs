namespace KpTelemetry.Local.Broker.Groups;

/// <summary>Counts bytes that clients have the broker remember, up to a bound.</summary>
internal sealed class ByteTally(long most)
{
    private long _used;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= most)
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
