using KpTelemetry.Ingest.Spooling;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas.Raw;
using Google.Protobuf;

namespace KpTelemetry.Ingest.Sending;

/// <summary>
/// The way into one partition: gives groups their sequence and receipt stamps, seals them, and hands them to Kafka in
/// that order. What Kafka does not take in time goes to the spool, and everything newer behind it.
/// </summary>
/// <remarks>A sequence number is given once, before the first attempt, so that a repeat is known as one.</remarks>
internal sealed class Lane : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LaneContext _context;
    private readonly int _partition;
    private readonly Spool _spool;
    private readonly GroupSealer _sealer;
    private readonly Queue<Outgoing> _outgoing = new();
    private readonly LiveBatch _live;
    private readonly ITimer _liveTimer;
    private ulong _sequence;
    private long _lastStamp;
    private long _outgoingBytes;
    private bool _isStalled;

    public Lane(LaneContext context, int partition, Spool spool)
    {
        (_context, _partition, _spool) = (context, partition, spool);
        _sealer = new GroupSealer(context.Keys);
        _live = new LiveBatch();
        _liveTimer = context.Time.CreateTimer(_ => FlushLive(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether groups go through the spool, because Kafka does not take them.</summary>
    public bool IsSpooling
    {
        get
        {
            lock (_gate)
                return _isStalled || _spool.HasUnread;
        }
    }

    /// <summary>Sends a group. The task ends when it is safe, or known not to be.</summary>
    public Task<Stored> SendAsync(GroupDraft draft)
    {
        lock (_gate)
        {
            // Receipt stamps rise with the sequence: what was received before goes before.
            FlushLiveLocked();
            var stamp = NextStamp();
            return Send(draft, stamp, stamp);
        }
    }

    /// <summary>Adds a live event to the group that is being gathered. Its time is its receipt.</summary>
    public Task<Stored> AddLiveAsync(LiveEvent live)
    {
        lock (_gate)
        {
            var stamp = NextStamp();
            var day = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(stamp).UtcDateTime);
            if (!_live.IsEmpty && _live.Day != day)
                FlushLiveLocked();
            if (_live.IsEmpty)
                _liveTimer.Change(_context.Options.GatherLive, Timeout.InfiniteTimeSpan);
            var stored = _live.Add(live, stamp, day);
            if (_live.IsFull)
                FlushLiveLocked();
            return stored;
        }
    }

    /// <summary>Tells the partition that this instance lives. Nothing happens while older groups wait: the tick would say too much too early.</summary>
    public void Tick(DateOnly day)
    {
        lock (_gate)
        {
            FlushLiveLocked();
            if (_isStalled || _spool.HasUnread || _outgoingBytes > _context.Options.MemoryPerLane)
                return;
            var stamp = NextStamp();
            _ = Send(GroupDraft.Mark(GroupKind.Tick, _partition, day), stamp, stamp);
        }
    }

    /// <summary>Spools what has waited too long, reads back what fits, and tries again what a producer gave up.</summary>
    public void Maintain()
    {
        lock (_gate)
        {
            if (_outgoing.TryPeek(out var oldest) && (_isStalled || _context.Time.GetElapsedTime(oldest.Since) > _context.Options.SpoolAfter))
                SpoolOutgoing();
            foreach (var outgoing in _outgoing)
            {
                if (!outgoing.IsInKafka && outgoing.Generation != _context.Producer.Generation && !Produce(outgoing))
                    break;
            }

            while (_outgoingBytes < _context.Options.MemoryPerLane / 2 && _spool.TryRead(out var entry, out var record))
                Enqueue(new Outgoing(record, _context.Time.GetTimestamp(), mustBeStored: true) { InSpool = entry });
        }
    }

    /// <summary>Makes sure that nothing unfinished is lost when the process ends: what is not in Kafka by now is spooled.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            FlushLiveLocked();
            SpoolOutgoing();
        }
    }

    /// <summary>Whether everything that was sent is in Kafka or needs not be.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _outgoing.Count == 0 && _live.IsEmpty;
        }
    }

    public void Dispose()
    {
        _liveTimer.Dispose();
        lock (_gate)
        {
            _sealer.Dispose();
            _spool.Dispose();
        }
    }

    private long NextStamp() => _lastStamp = Math.Max(_lastStamp, _context.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private void FlushLive()
    {
        lock (_gate)
            FlushLiveLocked();
    }

    private void FlushLiveLocked()
    {
        if (_live.IsEmpty)
            return;
        var draft = new GroupDraft(GroupKind.Telemetry, _partition, _live.Day, _context.StateKey(_live.Day), _live.Rows, File: null, _sealer.Compress(_live.Finish()));
        var (from, to, waiting) = _live.Reset();
        _ = Send(draft, from, to).ContinueWith((stored, state) => ((TaskCompletionSource<Stored>)state!).SetResult(stored.Result), waiting, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Task<Stored> Send(GroupDraft draft, long from, long to)
    {
        var record = Seal(draft, from, to);
        var mustBeStored = draft.Kind != GroupKind.Tick;
        if (_spool.HasUnread || _outgoingBytes > _context.Options.MemoryPerLane)
            return Task.FromResult(SpoolOnly(record));
        var outgoing = new Outgoing(record, _context.Time.GetTimestamp(), mustBeStored);
        if (_isStalled && mustBeStored && !TrySpool(outgoing))
            return Task.FromResult(GiveBackSequence());
        Enqueue(outgoing);
        return outgoing.Completion;
    }

    private Stored SpoolOnly(byte[] record)
    {
        if (_spool.TryAppend(record, readBack: true) is null)
            return GiveBackSequence();
        _context.Metrics.Spooled(_partition);
        return new Stored(StoredIn.Spool, _partition, -1);
    }

    // Nothing has seen the number yet, so that sequences stay without gaps.
    private Stored GiveBackSequence()
    {
        _sequence--;
        return new Stored(StoredIn.Refused, _partition, -1);
    }

    private byte[] Seal(GroupDraft draft, long from, long to)
    {
        var header = new GroupHeader
        {
            Instance = _context.Instance,
            Sequence = ++_sequence,
            Kind = draft.Kind,
            ReceivedFromMs = from,
            ReceivedToMs = to,
            Rows = (uint)draft.Rows,
            File = draft.File,
        };
        if (draft.Body is null)
            return SealedGroup.Bare(header.ToByteArray());
        header.SealingKey = KeyNames.Sealing(draft.Day);
        header.StateKey = draft.StateKey;
        return _sealer.Seal(header.ToByteArray(), header.SealingKey, draft.Body);
    }

    private void Enqueue(Outgoing outgoing)
    {
        _outgoing.Enqueue(outgoing);
        _outgoingBytes += outgoing.Record.Length;
        if (outgoing.InSpool is not null)
            outgoing.Complete(new Stored(StoredIn.Spool, _partition, -1));
        Produce(outgoing);
    }

    private bool Produce(Outgoing outgoing)
    {
        var generation = _context.Producer.TryProduce(_partition, outgoing.Record, (report, of) => Report(outgoing, report, of));
        if (generation == 0)
            return false;
        outgoing.Generation = generation;
        return true;
    }

    private void Report(Outgoing outgoing, Platform.Kafka.ProduceReport report, int generation)
    {
        lock (_gate)
        {
            if (!report.IsStored)
            {
                // Sent again by Maintain; a report of a producer that is gone says nothing of the newer attempt.
                if (outgoing.Generation == generation)
                    outgoing.Generation = 0;
                _context.Metrics.Failed(_partition, report.Error);
                return;
            }

            outgoing.IsInKafka = true;
            outgoing.Complete(new Stored(StoredIn.Kafka, _partition, report.Offset));
            RemoveDone();
        }
    }

    private void RemoveDone()
    {
        while (_outgoing.TryPeek(out var oldest) && oldest.IsInKafka)
        {
            _outgoing.Dequeue();
            _outgoingBytes -= oldest.Record.Length;
            if (oldest.InSpool is { } entry)
                _spool.Remove(entry);
        }

        if (_outgoing.Count == 0)
            _isStalled = false;
    }

    private void SpoolOutgoing()
    {
        foreach (var outgoing in _outgoing)
        {
            _isStalled = true;
            if (!outgoing.IsSafe && !TrySpool(outgoing))
                // It may still reach Kafka: whoever sends it again is counted once where it has a position, and told so otherwise.
                outgoing.Complete(new Stored(StoredIn.Refused, _partition, -1));
        }
    }

    private bool TrySpool(Outgoing outgoing)
    {
        outgoing.InSpool = _spool.TryAppend(outgoing.Record, readBack: false);
        if (outgoing.InSpool is null)
            return false;
        _context.Metrics.Spooled(_partition);
        outgoing.Complete(new Stored(StoredIn.Spool, _partition, -1));
        return true;
    }
}
