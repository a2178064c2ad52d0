namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// One row of an event batch. Text columns are value numbers of the batch they are added to
/// (<see cref="EventBatchWriter.Value"/>); 0 is the empty value.
/// </summary>
public struct EventRow
{
    /// <summary>Event time, milliseconds of Unix time.</summary>
    public long TimeMs;
    /// <summary>Byte offset of the line in its source; 0 for live events.</summary>
    public long Position;
    public EventFlags Flags;
    /// <summary><see cref="Schemas.Reason.None"/> where the event was accepted.</summary>
    public Reason Reason;
    public int Address;
    public int Agent;
    public int Method;
    public int Path;
    public int Referrer;
    public int Event;
    public int SealedLine;
    /// <summary>HTTP status, or 0.</summary>
    public uint Status;
    /// <summary>Bytes sent, or 0.</summary>
    public ulong Bytes;
}
