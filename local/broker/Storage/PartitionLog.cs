using KpTelemetry.Local.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>What an append came to; <paramref name="OnDisk"/> ends with true once the batch is durable.</summary>
internal readonly record struct AppendResult(ErrorCode Error, long BaseOffset, Task<bool> OnDisk)
{
    private static readonly Task<bool> Nothing = Task.FromResult(true);

    public static AppendResult Refused(ErrorCode error) => new(error, -1, Nothing);
}

/// <summary>Where a partition begins and ends: its first offset, and the one after the last durable record.</summary>
internal readonly record struct LogBounds(long Start, long HighWatermark);

/// <summary>
/// One partition: segments of batches, contiguous in offsets. Readers see what is on disk: the high watermark follows
/// the flusher, so that nobody acts on a record that a crash could still take back.
/// </summary>
internal sealed partial class PartitionLog : IFlushTarget, IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly LogSettings _settings;
    private readonly Flusher _flusher;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly List<Segment> _segments;
    private readonly List<FetchWaiter> _waiters = [];
    private readonly ProducerStates _producers = new();
    private readonly StartOffsetFile _startFile;
    private long _startOffset;
    private long _nextOffset;
    private long _highWatermark;
    private bool _closed;

    private PartitionLog(string directory, LogSettings settings, LogServices services, List<Segment> segments)
    {
        _directory = directory;
        _settings = settings;
        _flusher = services.Flusher;
        _time = services.Time;
        _log = services.Log;
        _segments = segments;
        _startFile = new StartOffsetFile(directory);
    }

    /// <inheritdoc/>
    public bool FlushDue { get; set; }

    public LogBounds Bounds
    {
        get
        {
            lock (_gate)
            {
                return new LogBounds(_startOffset, _highWatermark);
            }
        }
    }

    private Segment Active => _segments[^1];

    /// <summary>Opens a partition's directory, cuts a torn tail, and rebuilds what is known of producers.</summary>
    /// <exception cref="DamagedLogException">A segment before the last one is not whole.</exception>
    public static PartitionLog Open(string directory, LogSettings settings, LogServices services)
    {
        Directory.CreateDirectory(directory);
        var segments = Segment.OpenAll(directory);
        if (segments.Count == 0)
        {
            segments.Add(Segment.Create(directory, 0, services.Time.GetUtcNow()));
        }

        var log = new PartitionLog(directory, settings, services, segments);
        log.Recover();
        return log;
    }

    /// <summary>Appends one checked batch; <paramref name="batch"/> is stamped with its offset.</summary>
    public AppendResult Append(Span<byte> batch, BatchHeader header)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return AppendResult.Refused(ErrorCode.UnknownTopicOrPartition);
            }

            if (batch.Length > _settings.MaxBatchBytes)
            {
                return AppendResult.Refused(ErrorCode.MessageTooLarge);
            }

            if (header.IsIdempotent)
            {
                var (error, duplicateOf) = _producers.Check(header, logWasCut: _segments[0].BaseOffset > 0);
                if (error != ErrorCode.None)
                {
                    return AppendResult.Refused(error);
                }

                if (duplicateOf is { } offset)
                {
                    return new AppendResult(ErrorCode.None, offset, _flusher.Request(this));
                }
            }

            return Write(batch, header with { BaseOffset = _nextOffset });
        }
    }

    /// <inheritdoc/>
    public void StartWriteback() => WithActive((segment, _, _) => segment.StartWriteback());

    /// <inheritdoc/>
    public void Flush() => WithActive((segment, size, end) =>
    {
        segment.Flush();
        RaiseHighWatermark(segment, size, end);
    });

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _segments.ForEach(s => s.Release());
            WakeAll();
        }
    }

    // Outside the lock, so that appends go on; under a lease, so that retention cannot close the file meanwhile.
    private void WithActive(Action<Segment, long, long> act)
    {
        Segment segment;
        long size, end;
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            (segment, size, end) = (Active, Active.Size, _nextOffset);
            segment.Lease();
        }

        try
        {
            act(segment, size, end);
        }
        finally
        {
            segment.Release();
        }
    }

    private AppendResult Write(Span<byte> batch, BatchHeader header)
    {
        var now = _time.GetUtcNow();
        try
        {
            RollIfDue(batch.Length, now);
            BatchHeader.Stamp(batch, header.BaseOffset);
            Active.Append(batch, header, now);
        }
        catch (IOException e)
        {
            LogWriteFailed(e.HResult);
            return AppendResult.Refused(ErrorCode.KafkaStorageError);
        }

        _nextOffset = header.NextOffset;
        if (header.IsIdempotent)
        {
            _producers.Record(header);
        }

        return new AppendResult(ErrorCode.None, header.BaseOffset, _flusher.Request(this));
    }

    private void RollIfDue(int incoming, DateTimeOffset now)
    {
        if (Active.Size > 0
            && (Active.Size + incoming > _settings.EffectiveSegmentBytes || now - Active.FirstAppend > _settings.SegmentAge))
        {
            Roll(now);
        }
    }

    // The old segment is flushed before the new one exists: so at start only the last segment can have a torn tail.
    private void Roll(DateTimeOffset now) => _flusher.Now(() =>
    {
        Active.Flush();
        Active.MarkFlushed(Active.Size);
        _segments.Add(Segment.Create(_directory, _nextOffset, now));
    });

    private void RaiseHighWatermark(Segment segment, long size, long end)
    {
        lock (_gate)
        {
            segment.MarkFlushed(size);
            if (end > _highWatermark)
            {
                _highWatermark = end;
                WakeAll();
            }
        }
    }

    private void WakeAll()
    {
        _waiters.ForEach(w => w.Wake());
        _waiters.Clear();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk did not take a batch (code {Code}): it was refused, the producer keeps it")]
    private partial void LogWriteFailed(int code);
}
