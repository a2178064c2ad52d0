using KpTelemetry.Ingest.Spooling;

namespace KpTelemetry.Ingest.Sending;

/// <summary>A sealed group on its way to Kafka. Guarded by its lane's lock.</summary>
internal sealed class Outgoing(byte[] record, long since, bool mustBeStored)
{
    private readonly TaskCompletionSource<Stored> _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Record { get; } = record;

    /// <summary>When it was handed to the lane, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Since { get; } = since;

    /// <summary>Ticks need not survive: they are not spooled.</summary>
    public bool MustBeStored { get; } = mustBeStored;

    public Task<Stored> Completion => _stored.Task;

    public SpoolEntry? InSpool { get; set; }

    /// <summary>The producer that has it; 0 where none has.</summary>
    public int Generation { get; set; }

    public bool IsInKafka { get; set; }

    public bool IsSafe => IsInKafka || InSpool is not null || !MustBeStored;

    public void Complete(Stored stored) => _stored.TrySetResult(stored);
}
