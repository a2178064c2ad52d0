using KpTelemetry.Platform.Kafka;

namespace KpTelemetry.Ingest.Sending;

/// <summary>The producer of all lanes, and its successor when it breaks. Generations count from 1.</summary>
internal sealed class ReplaceableProducer(Func<RecordProducer> create) : IDisposable
{
    private readonly Lock _gate = new();
    private RecordProducer _producer = create();
    private int _generation = 1;

    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Queues a record; the generation that has it, or 0 where none took it.</summary>
    public int TryProduce(int partition, byte[] record, Action<ProduceReport, int> report)
    {
        lock (_gate)
        {
            var generation = _generation;
            return _producer.TryProduce(partition, record, outcome => report(outcome, generation)) ? generation : 0;
        }
    }

    /// <summary>Replaces a producer that can send nothing more. Whether it did: lanes then send again what it had.</summary>
    public bool ReplaceIfBroken()
    {
        RecordProducer broken;
        lock (_gate)
        {
            if (!_producer.IsBroken)
                return false;
            broken = _producer;
            _producer = create();
            Volatile.Write(ref _generation, _generation + 1);
        }

        // Outside the lock: its callbacks take the lanes' locks, whose holders take this one.
        broken.Dispose();
        return true;
    }

    public void Dispose() => _producer.Dispose();
}
