namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Walks a segment's batches from the start, through a window, so that many small batches cost few reads.</summary>
internal sealed class SegmentScan(Segment segment)
{
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(256 * 1024);
    private long _windowStart;
    private int _windowLength;

    /// <summary>
    /// Passes every whole batch to <paramref name="found"/> until one is not whole, does not follow the one before, or,
    /// where <paramref name="verify"/> is set, does not match its checksum.
    /// </summary>
    /// <returns>Where the good part ends, and the offset that follows it.</returns>
    public (long End, long NextOffset) Run(bool verify, Action<BatchHeader, long> found)
    {
        var (position, next) = (0L, segment.BaseOffset);
        while (position + BatchHeader.Size <= segment.Size)
        {
            var header = BatchHeader.Read(At(position, BatchHeader.Size));
            if (!header.IsPlausible || header.BaseOffset != next || position + header.TotalLength > segment.Size
                || (verify && ChecksumAt(position, header.TotalLength) != header.Crc))
            {
                break;
            }

            found(header, position);
            position += header.TotalLength;
            next = header.NextOffset;
        }

        return (position, next);
    }

    private uint ChecksumAt(long position, int length)
    {
        var crc = Crc32C.Seed;
        for (var done = BatchHeader.CrcStart; done < length;)
        {
            var part = Math.Min(length - done, _window.Length);
            crc = Crc32C.Feed(crc, At(position + done, part));
            done += part;
        }

        return Crc32C.Finish(crc);
    }

    private ReadOnlySpan<byte> At(long position, int count)
    {
        if (position < _windowStart || position + count > _windowStart + _windowLength)
        {
            _windowStart = position;
            _windowLength = (int)Math.Min(_window.Length, segment.Size - position);
            segment.ReadExactly(_window.AsSpan(0, _windowLength), position);
        }

        return _window.AsSpan((int)(position - _windowStart), count);
    }
}
