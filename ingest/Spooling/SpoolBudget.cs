namespace KpTelemetry.Ingest.Spooling;

/// <summary>The bytes that the spools of all partitions may take together.</summary>
/// <param name="most">In bytes.</param>
public sealed class SpoolBudget(long most)
{
    private long _used;

    /// <summary>Bytes on disk.</summary>
    public long Used => Interlocked.Read(ref _used);

    internal bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= most)
            return true;
        Give(bytes);
        return false;
    }

    // What was there before a start counts, also where it is more than the budget has.
    internal void Take(long bytes) => Interlocked.Add(ref _used, bytes);

    internal void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
