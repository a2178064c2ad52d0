using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Sending;

/// <summary>A minimised event that a browser sent, before its receipt is stamped. Bytes are UTF-8; empty where there is none.</summary>
/// <param name="Site">Null where the site is not known; then only <paramref name="Reason"/> and <paramref name="SealedLine"/> count.</param>
public sealed record LiveEvent(SiteStamp? Site, EventFlags Flags, Reason Reason, byte[] Address, byte[] Agent, byte[] Path, byte[] Referrer, byte[] Event, byte[] SealedLine)
{
    /// <summary>The campaign of the site's list that the page's address names.</summary>
    public byte[] Campaign { get; init; } = [];
}

/// <summary>The live events of one partition that go into its next group. Guarded by its lane's lock.</summary>
internal sealed class LiveBatch
{
    private readonly EventBatchWriter _writer = new();
    private TaskCompletionSource<Stored> _stored = NewWaiting();
    private long _from;
    private long _to;

    public bool IsEmpty => _writer.Rows == 0;

    public bool IsFull => _writer.IsFull;

    public int Rows => _writer.Rows;

    public DateOnly Day { get; private set; }

    public Task<Stored> Add(LiveEvent live, long stamp, DateOnly day)
    {
        if (IsEmpty)
            (_from, Day) = (stamp, day);
        _to = stamp;
        _writer.Add(_writer.Section(live.Site), new EventRow
        {
            TimeMs = stamp,
            Flags = live.Flags,
            Reason = live.Reason,
            Address = _writer.Value(live.Address),
            Agent = _writer.Value(live.Agent),
            Path = _writer.Value(live.Path),
            Referrer = _writer.Value(live.Referrer),
            Event = _writer.Value(live.Event),
            Campaign = _writer.Value(live.Campaign),
            SealedLine = _writer.Value(live.SealedLine),
        });
        return _stored.Task;
    }

    public ReadOnlySpan<byte> Finish() => _writer.Finish().Span;

    public (long From, long To, TaskCompletionSource<Stored> Waiting) Reset()
    {
        var result = (_from, _to, _stored);
        _writer.Reset();
        _stored = NewWaiting();
        return result;
    }

    private static TaskCompletionSource<Stored> NewWaiting() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
