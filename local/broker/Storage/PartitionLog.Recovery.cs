using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Storage;

internal sealed partial class PartitionLog
{
    private void Recover()
    {
        _nextOffset = _segments[0].BaseOffset;
        foreach (var segment in _segments)
        {
            Recover(segment, isLast: segment == Active);
        }

        _startOffset = Math.Min(Math.Max(_segments[0].BaseOffset, _startFile.Read()), _nextOffset);

        // What a killed broker wrote but did not flush is still only in the page cache; it is shown once it is on disk.
        Active.Flush();
        Active.MarkFlushed(Active.Size);
        _highWatermark = _nextOffset;
    }

    private void Recover(Segment segment, bool isLast)
    {
        if (segment.BaseOffset != _nextOffset)
        {
            throw new DamagedLogException(segment.Path, 0);
        }

        var (end, next) = new SegmentScan(segment).Run(verify: isLast, (header, position) =>
        {
            segment.Note(header, position);
            if (header.IsIdempotent)
            {
                _producers.Record(header);
            }
        });

        if (end < segment.Size)
        {
            if (!isLast)
            {
                throw new DamagedLogException(segment.Path, end);
            }

            LogTailCut(segment.Size - end, next);
            segment.Truncate(end);
        }

        segment.EstimateAge();
        segment.MarkFlushed(segment.Size);
        _nextOffset = next;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cut {Bytes} bytes of a torn tail; the partition goes on at offset {NextOffset}")]
    private partial void LogTailCut(long bytes, long nextOffset);
}
