namespace KpTelemetry.Local.Broker.Groups;

/// <summary>A member of a group. Touched under the group's lock only.</summary>
internal sealed class Member(string id, ITimer session, TimeProvider time) : IDisposable
{
    private long? _touched;

    public string Id => id;

    public string? InstanceId { get; init; }

    public required string ClientId { get; set; }

    public TimeSpan SessionTimeout { get; set; }

    public TimeSpan RebalanceTimeout { get; set; }

    public IReadOnlyList<GroupProtocol> Protocols { get; set; } = [];

    public byte[] Assignment { get; set; } = [];

    /// <summary>Bytes of the broker's memory that the member's words about itself have taken.</summary>
    public long Bytes { get; set; }

    /// <summary>The join that waits for the others, if one does.</summary>
    public TaskCompletionSource<Joined>? Join { get; set; }

    /// <summary>The sync that waits for the leader, if one does.</summary>
    public TaskCompletionSource<Synced>? Sync { get; set; }

    /// <summary>Whether the member has asked for this generation's assignment.</summary>
    public bool HasSynced { get; set; }

    public byte[] MetadataFor(string protocol) => Protocols.FirstOrDefault(p => p.Name == protocol).Metadata ?? [];

    public bool SpeaksSameAs(IReadOnlyList<GroupProtocol> protocols) =>
        Protocols.Count == protocols.Count
        && Protocols.Zip(protocols).All(p => p.First.Name == p.Second.Name && p.First.Metadata.AsSpan().SequenceEqual(p.Second.Metadata));

    /// <summary>
    /// Whether the session is over. Where it is not, its timer waits for the rest: it fired while the member was being
    /// heard, or by a coarser clock than the one that tells the time. Without that a dead member would stay for good.
    /// </summary>
    public bool IsSilent()
    {
        if (_touched is not { } touched)
        {
            return false;
        }

        var left = SessionTimeout - time.GetElapsedTime(touched);
        if (left > TimeSpan.Zero)
        {
            session.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }

        return left <= TimeSpan.Zero;
    }

    /// <summary>Starts the session anew: the member just showed that it lives.</summary>
    public void Touch()
    {
        _touched = time.GetTimestamp();
        session.Change(SessionTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Holds the session while the member waits for an answer of ours.</summary>
    public void Pause()
    {
        _touched = null;
        session.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => session.Dispose();
}
