using KpTelemetry.Local.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Storage;

internal sealed partial class PartitionLog
{
    /// <summary>Drops the segments that are older or more than the topic keeps.</summary>
    public void EnforceRetention()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            var now = _time.GetUtcNow();
            var total = _segments.Sum(s => s.Size);
            var drop = 0;
            while (drop < _segments.Count && IsDue(_segments[drop], now, total))
            {
                total -= _segments[drop++].Size;
            }

            try
            {
                DropFirst(drop, now);
            }
            catch (IOException e)
            {
                LogDropFailed(e.HResult);
            }
        }
    }

    /// <summary>Moves the partition's start to <paramref name="offset"/>, -1 for its end, durably.</summary>
    /// <returns>The error, and the start that now holds.</returns>
    public (ErrorCode Error, long Start) DeleteBefore(long offset)
    {
        lock (_gate)
        {
            var target = offset == -1 ? _highWatermark : offset;
            if (_closed || target < 0 || target > _highWatermark)
            {
                return (_closed ? ErrorCode.UnknownTopicOrPartition : ErrorCode.OffsetOutOfRange, -1);
            }

            if (target > _startOffset)
            {
                _flusher.Now(() => _startFile.Write(target));
                _startOffset = target;
                DropFirst(_segments.TakeWhile(s => EndOf(s) <= target).Count(), _time.GetUtcNow());
            }

            return (ErrorCode.None, _startOffset);
        }
    }

    private bool IsDue(Segment segment, DateTimeOffset now, long total) =>
        segment.Size > 0 && segment.FlushedSize == segment.Size
        && (now - segment.LastAppend > _settings.Retention || total > _settings.RetentionBytes && segment != Active);

    private long EndOf(Segment segment) =>
        segment == Active ? _nextOffset : _segments[_segments.IndexOf(segment) + 1].BaseOffset;

    private void DropFirst(int count, DateTimeOffset now)
    {
        if (count == _segments.Count && Active.Size == 0)
        {
            count--;
        }

        if (count == 0)
        {
            return;
        }

        if (count == _segments.Count)
        {
            Roll(now);
        }

        foreach (var segment in _segments.Take(count))
        {
            segment.Delete();
        }

        _segments.RemoveRange(0, count);
        _flusher.Now(() => DiskSync.Directory(_directory));
        _startOffset = Math.Max(_startOffset, _segments[0].BaseOffset);
        LogDropped(count, _startOffset);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk did not let old segments go (code {Code}): the next look tries again")]
    private partial void LogDropFailed(int code);

    [LoggerMessage(Level = LogLevel.Information, Message = "Dropped {Count} segments; the partition now starts at offset {Start}")]
    private partial void LogDropped(int count, long start);
}
