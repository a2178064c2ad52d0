using System.Buffers;

namespace KpTelemetry.Local.Broker.Storage;

internal sealed partial class PartitionLog
{
    /// <summary>
    /// The first durable record that is not earlier than <paramref name="timestamp"/> (milliseconds since 1970, the
    /// producer's). In a compressed batch, which the broker does not open, its first record stands for it.
    /// </summary>
    public (long Offset, long Timestamp)? FindByTime(long timestamp) =>
        Find(s => s.MaxTimestamp >= timestamp, timestamp, h => h.MaxTimestamp >= timestamp, t => t >= timestamp);

    /// <summary>The durable record with the largest timestamp, as far as <see cref="FindByTime"/> can tell records apart.</summary>
    public (long Offset, long Timestamp)? FindLatest()
    {
        long latest;
        lock (_gate)
        {
            latest = _segments.Max(s => s.MaxTimestamp);
        }

        return latest < 0 ? null : FindByTime(latest);
    }

    private (long Offset, long Timestamp)? Find(
        Func<Segment, bool> segmentHolds, long timestamp, Func<BatchHeader, bool> batchHolds, Func<long, bool> recordHolds)
    {
        Segment? segment;
        long position, limit, start;
        lock (_gate)
        {
            segment = _segments.Find(s => segmentHolds(s) && s.FlushedSize > 0);
            if (_closed || segment is null)
            {
                return null;
            }

            (position, limit, start) = (segment.Index.PositionBefore(timestamp), segment.FlushedSize, _startOffset);
            segment.Lease();
        }

        try
        {
            for (; position < limit;)
            {
                var header = segment.ReadHeader(position);
                if (batchHolds(header) && header.LastOffset >= start)
                {
                    return FindRecord(segment, position, header, start, recordHolds);
                }

                position += header.TotalLength;
            }

            return null;
        }
        finally
        {
            segment.Release();
        }
    }

    private static (long Offset, long Timestamp) FindRecord(
        Segment segment, long position, in BatchHeader header, long start, Func<long, bool> holds)
    {
        var first = Math.Max(header.BaseOffset, start);
        if (header.Codec != 0)
        {
            return (first, header.MaxTimestamp);
        }

        var length = header.TotalLength - BatchHeader.Size;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            segment.ReadExactly(bytes.AsSpan(0, length), position + BatchHeader.Size);
            var records = new RecordTimes(bytes.AsSpan(0, length));
            while (records.MoveNext())
            {
                var (offset, time) = (header.BaseOffset + records.OffsetDelta, header.BaseTimestamp + records.TimestampDelta);
                if (offset >= start && holds(time))
                {
                    return (offset, time);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        return (first, header.MaxTimestamp);
    }
}
