namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// One row of an event batch. Text columns are value numbers of the batch they are added to
/// (<see cref="EventBatchWriter.Value"/>); 0 is the empty value.
/// </summary>
public struct EventRow
{
    /// <summary>The <see cref="ClientAge"/> of an id of 13 weeks or more.</summary>
    public const uint OldestClient = 14;

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
    /// <summary>The random id of a cookie or an installation.</summary>
    public int Client;
    /// <summary>Whole weeks since that id was given, plus one, at most <see cref="OldestClient"/>; 0 where it is not known.</summary>
    public uint ClientAge;
    public int Campaign;
    /// <summary>With <see cref="Counter"/> the identity of an event that its client may send again: the random id of the client's run.</summary>
    public int Nonce;
    /// <summary>The event's number in the client's run, from 1.</summary>
    public ulong Counter;
    /// <summary>HTTP status, or 0.</summary>
    public uint Status;
    /// <summary>Bytes sent, or 0.</summary>
    public ulong Bytes;
}
