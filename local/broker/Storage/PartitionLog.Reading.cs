using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>What a read came to; the slice, where there is one, is the caller's to dispose.</summary>
internal readonly record struct ReadResult(ErrorCode Error, LogBounds Bounds, FileSlice? Records);

internal sealed partial class PartitionLog
{
    /// <summary>
    /// Reads durable batches from the one that holds <paramref name="offset"/> on, up to <paramref name="maxBytes"/>. A
    /// first batch that is larger comes whole where <paramref name="atLeastOne"/> is set, else nothing comes.
    /// </summary>
    public ReadResult Read(long offset, int maxBytes, bool atLeastOne)
    {
        Segment segment;
        long position, limit;
        LogBounds bounds;
        lock (_gate)
        {
            bounds = new LogBounds(_startOffset, _highWatermark);
            if (Refusal(offset) is var refusal && (refusal != ErrorCode.None || offset >= _highWatermark))
            {
                return new ReadResult(refusal, bounds, null);
            }

            segment = SegmentOf(offset);
            position = segment.Index.PositionOf(offset);
            limit = segment.FlushedSize;
            segment.Lease();
        }

        var first = Seek(segment, ref position, h => h.LastOffset >= offset);
        var length = WholeBatches(segment, position, limit, first.TotalLength, maxBytes);
        if (length > maxBytes && !atLeastOne)
        {
            segment.Release();
            return new ReadResult(ErrorCode.None, bounds, null);
        }

        return new ReadResult(ErrorCode.None, bounds, new FileSlice(segment, position, length));
    }

    /// <summary>
    /// How many durable bytes lie from <paramref name="offset"/> on, to within the index's stride; what a waiting fetch
    /// compares with the least that it wants.
    /// </summary>
    public (ErrorCode Error, long Bytes) Available(long offset)
    {
        lock (_gate)
        {
            if (Refusal(offset) is var refusal && (refusal != ErrorCode.None || offset >= _highWatermark))
            {
                return (refusal, 0);
            }

            var segment = SegmentOf(offset);
            var here = segment.FlushedSize - segment.Index.PositionOf(offset);
            return (ErrorCode.None, here + _segments.Where(s => s.BaseOffset > offset).Sum(s => s.FlushedSize));
        }
    }

    /// <summary>Has <paramref name="waiter"/> woken when the high watermark moves next.</summary>
    public void AddWaiter(FetchWaiter waiter)
    {
        lock (_gate)
        {
            _waiters.Add(waiter);
        }
    }

    public void RemoveWaiter(FetchWaiter waiter)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
        }
    }

    private static BatchHeader Seek(Segment segment, ref long position, Func<BatchHeader, bool> wanted)
    {
        var header = segment.ReadHeader(position);
        while (!wanted(header))
        {
            position += header.TotalLength;
            header = segment.ReadHeader(position);
        }

        return header;
    }

    private ErrorCode Refusal(long offset)
    {
        if (_closed)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        return offset < _startOffset || offset > _nextOffset ? ErrorCode.OffsetOutOfRange : ErrorCode.None;
    }

    private Segment SegmentOf(long offset)
    {
        var at = _segments.Count - 1;
        while (_segments[at].BaseOffset > offset)
        {
            at--;
        }

        return _segments[at];
    }

    // Ends at a batch's start where the index knows one: clients drop a batch that is cut, and fetch it again.
    private int WholeBatches(Segment segment, long position, long limit, int firstLength, int maxBytes)
    {
        var end = Math.Min(limit, position + maxBytes);
        if (end < limit)
        {
            lock (_gate)
            {
                end = segment.Index.StartAtOrBefore(end);
            }
        }

        return (int)(Math.Max(end, position + firstLength) - position);
    }
}
