using KpTelemetry.Ingest.Sending;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas.Raw;
using Google.Protobuf;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>
/// The rows of one request that go to one partition, cut into groups. The groups of a kind cover the request's range
/// without gaps between them, so that a repeat is known by position.
/// </summary>
internal sealed class PartitionGathering(int partition, GroupSealer sealer)
{
    private readonly EventBatchWriter _writer = new();
    private readonly AccessBatch _access = new();
    private int[] _local = [];
    private int _accessBytes;
    private LogRequest _request = null!;
    private int _section;
    private long _coveredTo;
    private long _accessCoveredTo;

    public void Begin(LogRequest request)
    {
        _request = request;
        (_coveredTo, _accessCoveredTo) = (request.From, request.From);
        Clear();
        _access.Events.Clear();
        _accessBytes = 0;
    }

    /// <summary>The batch's own number of a value of the request.</summary>
    public int Local(ValueTable clean, int number)
    {
        if (number == 0)
            return 0;
        if (number >= _local.Length)
            Array.Resize(ref _local, Math.Max(1024, number * 2));
        ref var local = ref _local[number];
        if (local == 0)
            local = _writer.Value(clean[number]);
        return local;
    }

    /// <summary>The batch's number of a value that no other row has.</summary>
    public int Own(ReadOnlySpan<byte> value) => _writer.Value(value);

    /// <summary>Adds a row; <paramref name="end"/> is where its line ends in the source.</summary>
    public void Add(in EventRow row, long end, List<GroupDraft> full)
    {
        _writer.Add(_section, row);
        if (_writer.IsFull)
            Cut(end, full);
    }

    public void AddAccess(AccessEvent access, int bytes, long end, List<GroupDraft> full)
    {
        _access.Events.Add(access);
        _accessBytes += bytes;
        if (_accessBytes >= EventBatchWriter.DefaultLimit)
            CutAccess(end, full);
    }

    /// <summary>The rest, which covers the range to its end.</summary>
    public void Finish(long end, List<GroupDraft> full)
    {
        if (_writer.Rows > 0)
            Cut(end, full);
        if (_access.Events.Count > 0)
            CutAccess(end, full);
    }

    private void Cut(long end, List<GroupDraft> full)
    {
        full.Add(Draft(GroupKind.Telemetry, _writer.Rows, _coveredTo, end, sealer.Compress(_writer.Finish().Span)));
        _coveredTo = end;
        Clear();
    }

    private void CutAccess(long end, List<GroupDraft> full)
    {
        full.Add(Draft(GroupKind.Access, _access.Events.Count, _accessCoveredTo, end, sealer.Compress(_access.ToByteArray())));
        _accessCoveredTo = end;
        _access.Events.Clear();
        _accessBytes = 0;
    }

    private GroupDraft Draft(GroupKind kind, int rows, long from, long to, byte[] body) =>
        new(kind, partition, _request.Day, _request.StateKey, rows, _request.FileRange(from, to), body);

    private void Clear()
    {
        _writer.Reset();
        Array.Clear(_local);
        _section = _writer.Section(_request.Site);
    }
}
