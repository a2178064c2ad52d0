using Confluent.Kafka;

namespace KpTelemetry.Platform.Kafka;

/// <summary>What became of a record.</summary>
/// <param name="IsStored">Whether every in-sync replica has it on disk.</param>
/// <param name="Offset">Its offset, where stored.</param>
/// <param name="Error">Kafka's name of the error, where not; empty where stored.</param>
public readonly record struct ProduceReport(bool IsStored, long Offset, string Error);

/// <summary>
/// Sends records to partitions of one topic: idempotent, acknowledged by all replicas, in order per partition. It never
/// gives a record up by itself: what is not acknowledged is tried until the producer is disposed of.
/// </summary>
public sealed class RecordProducer : IDisposable
{
    private readonly IProducer<Null, byte[]> _producer;
    private readonly string _topic;
    private int _broken;

    /// <summary>Makes a producer; connects in the background.</summary>
    /// <param name="servers">Bootstrap servers.</param>
    /// <param name="topic">The topic of every record.</param>
    /// <param name="bufferBytes">How much may wait unacknowledged; <see cref="TryProduce"/> refuses more.</param>
    public RecordProducer(string servers, string topic, int bufferBytes)
    {
        _topic = topic;
        var config = new ProducerConfig
        {
            BootstrapServers = servers,
            Acks = Acks.All,
            EnableIdempotence = true,
            // The caller decides when it has waited enough; a record that was given up here could come late and out of order.
            MessageTimeoutMs = 0,
            LingerMs = 1,
            CompressionType = CompressionType.None,
            QueueBufferingMaxKbytes = Math.Max(1024, bufferBytes / 1024),
            SocketNagleDisable = true,
            ReconnectBackoffMaxMs = 1000,
            AllowAutoCreateTopics = false,
            EnableDeliveryReports = true,
            DeliveryReportFields = "status",
        };
        _producer = new ProducerBuilder<Null, byte[]>(config)
            .SetLogHandler(static (_, _) => { })
            .SetErrorHandler((_, error) => NoteError(error))
            .Build();
    }

    /// <summary>Whether the producer can send nothing more and another must take its place.</summary>
    public bool IsBroken => Volatile.Read(ref _broken) != 0;

    /// <summary>
    /// Queues a record. <paramref name="report"/> is called once, on the client's thread: it must be quick. False where
    /// the buffer is full or the producer broken; nothing was queued then.
    /// </summary>
    public bool TryProduce(int partition, byte[] record, Action<ProduceReport> report)
    {
        try
        {
            _producer.Produce(new TopicPartition(_topic, partition), new Message<Null, byte[]> { Value = record }, delivery => report(ReportOf(delivery)));
            return true;
        }
        catch (ProduceException<Null, byte[]> refusal)
        {
            NoteError(refusal.Error);
            return false;
        }
    }

    public void Dispose() => _producer.Dispose();

    private static ProduceReport ReportOf(DeliveryReport<Null, byte[]> delivery) => delivery.Status == PersistenceStatus.Persisted
        ? new(true, delivery.Offset.Value, "")
        : new(false, -1, delivery.Error.Code.ToString());

    private void NoteError(Error error)
    {
        if (error.IsFatal)
            Interlocked.Exchange(ref _broken, 1);
    }
}
