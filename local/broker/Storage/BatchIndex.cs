namespace KpTelemetry.Local.Broker.Storage;

/// <summary>
/// Where some of a segment's batches begin: one entry for every <see cref="Stride"/> bytes, in memory only, made anew
/// when the segment is scanned at start.
/// </summary>
internal sealed class BatchIndex
{
    /// <summary>At most this many bytes, and one batch, lie between two entries.</summary>
    public const int Stride = 16 * 1024;

    private readonly List<Entry> _entries = [];

    private readonly record struct Entry(long Offset, long Position, long MaxTimestampBefore);

    /// <summary>Notes a batch, in the order of the log.</summary>
    public void Add(long offset, long position, long maxTimestampBefore)
    {
        if (_entries.Count == 0 || position - _entries[^1].Position >= Stride)
        {
            _entries.Add(new Entry(offset, position, maxTimestampBefore));
        }
    }

    /// <summary>The last known batch start whose offset is not above <paramref name="offset"/>.</summary>
    public long PositionOf(long offset) => Last(e => e.Offset <= offset);

    /// <summary>The last known batch start that is not above <paramref name="position"/>.</summary>
    public long StartAtOrBefore(long position) => Last(e => e.Position <= position);

    /// <summary>A batch start before which no record is as late as <paramref name="timestamp"/>.</summary>
    public long PositionBefore(long timestamp) => Last(e => e.MaxTimestampBefore < timestamp);

    private long Last(Func<Entry, bool> holds)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = holds(_entries[middle]) ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? 0 : _entries[low - 1].Position;
    }
}
