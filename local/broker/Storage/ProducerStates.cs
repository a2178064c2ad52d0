using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>
/// What a partition remembers of its idempotent producers: each one's epoch and last batches. Made from the log alone,
/// so that a restart knows what a kill left. Bounded: the producer that was silent longest is forgotten first.
/// </summary>
internal sealed class ProducerStates
{
    /// <summary>Batches remembered for each producer; clients keep no more than five requests in flight.</summary>
    public const int Remembered = 5;

    /// <summary>Producers remembered for each partition.</summary>
    public const int Most = 1000;

    private readonly Dictionary<long, LinkedListNode<Producer>> _byId = [];
    private readonly LinkedList<Producer> _bySilence = new();

    public int Count => _byId.Count;

    /// <summary>Whether a batch may be appended, or is one that was appended before, and then at which offset.</summary>
    public (ErrorCode Error, long? DuplicateOf) Check(in BatchHeader batch, bool logWasCut)
    {
        if (!_byId.TryGetValue(batch.ProducerId, out var node))
        {
            return (Unknown(batch, logWasCut), null);
        }

        var producer = node.Value;
        if (batch.ProducerEpoch != producer.Epoch)
        {
            return (OtherEpoch(batch, producer), null);
        }

        return producer.OffsetOf(batch) is { } offset
            ? (ErrorCode.None, offset)
            : (Follows(batch, producer.LastSequence), null);
    }

    /// <summary>Takes a batch that is in the log into account.</summary>
    public void Record(in BatchHeader batch)
    {
        if (!_byId.TryGetValue(batch.ProducerId, out var node))
        {
            node = new LinkedListNode<Producer>(new Producer(batch.ProducerId));
            _byId[batch.ProducerId] = node;
        }
        else
        {
            _bySilence.Remove(node);
        }

        node.Value.Add(batch);
        _bySilence.AddLast(node);
        if (_byId.Count > Most)
        {
            _byId.Remove(_bySilence.First!.Value.Id);
            _bySilence.RemoveFirst();
        }
    }

    // A producer's first batch must be its first: accepting a later one would let an earlier one, still to be retried,
    // be written after it or twice. Where the log was cut, the earlier ones may have been there.
    private static ErrorCode Unknown(in BatchHeader batch, bool logWasCut)
    {
        if (batch.BaseSequence == 0)
        {
            return ErrorCode.None;
        }

        return logWasCut ? ErrorCode.UnknownProducerId : ErrorCode.OutOfOrderSequenceNumber;
    }

    private static ErrorCode OtherEpoch(in BatchHeader batch, Producer producer)
    {
        if (batch.ProducerEpoch < producer.Epoch)
        {
            return ErrorCode.InvalidProducerEpoch;
        }

        return batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
    }

    private static ErrorCode Follows(in BatchHeader batch, int lastSequence)
    {
        if (batch.BaseSequence == (int)((lastSequence + 1L) & int.MaxValue))
        {
            return ErrorCode.None;
        }

        // Behind, by less than half of the numbers' circle: written before, but longer ago than is remembered.
        var behind = (lastSequence - batch.LastSequence) & int.MaxValue;
        return behind < int.MaxValue / 2 ? ErrorCode.DuplicateSequenceNumber : ErrorCode.OutOfOrderSequenceNumber;
    }

    private sealed class Producer(long id)
    {
        private readonly (int First, int Last, long Offset)[] _batches = new (int, int, long)[Remembered];
        private int _count;

        public long Id => id;

        public short Epoch { get; private set; }

        public int LastSequence { get; private set; }

        public void Add(in BatchHeader batch)
        {
            if (batch.ProducerEpoch != Epoch)
            {
                (Epoch, _count) = (batch.ProducerEpoch, 0);
            }

            _batches[_count++ % Remembered] = (batch.BaseSequence, batch.LastSequence, batch.BaseOffset);
            LastSequence = batch.LastSequence;
            if (_count == 2 * Remembered)
            {
                _count = Remembered;
            }
        }

        public long? OffsetOf(in BatchHeader batch)
        {
            foreach (var (first, last, offset) in _batches.AsSpan(0, Math.Min(_count, Remembered)))
            {
                if (first == batch.BaseSequence && last == batch.LastSequence)
                {
                    return offset;
                }
            }

            return null;
        }
    }
}
