using System.Text;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>
/// Turns the lines of one request into groups: parse, minimise, route, gather. Keeps its memory for the next request.
/// Not thread-safe.
/// </summary>
internal sealed class LogGathering : IDisposable
{
    /// <summary>How much of a line that could not be used is sealed for the replay.</summary>
    public const int MaxSealedLineBytes = 4096;

    private const long MostAheadMs = 24 * 60 * 60 * 1000;

    private readonly KeyStore _keys;
    private readonly LogLineParser _parser = new();
    private readonly ValueTable _clean = new();
    private readonly DoorColumn _addresses, _agents, _methods, _paths, _referrers;
    private readonly Routes _routes;
    private readonly Dictionary<ulong, int> _partitionOfPair = [];
    private readonly GroupSealer _sealer;
    private readonly PartitionGathering[] _partitions;
    private readonly List<GroupDraft> _full = [];
    private readonly long[] _rejected = new long[(int)Enum.GetValues<Reason>().Max() + 1];
    private LogRequest _request = null!;
    private Sealer? _replay;
    private string _requestId = "";

    public LogGathering(KeyStore keys, int partitions)
    {
        _keys = keys;
        _addresses = new DoorColumn(_clean, DoorRules.Address);
        _agents = new DoorColumn(_clean, MinimiseText.Agent);
        _methods = new DoorColumn(_clean, DoorRules.Method);
        _paths = new DoorColumn(_clean, MinimisePath.Target);
        _referrers = new DoorColumn(_clean, MinimiseReferrer.Apply);
        _routes = new Routes(keys.GetOrCreate(KeyNames.Route), partitions);
        _sealer = new GroupSealer(keys);
        _partitions = [.. Enumerable.Range(0, partitions).Select(partition => new PartitionGathering(partition, _sealer))];
    }

    /// <summary>Lines that were taken.</summary>
    public long Accepted { get; private set; }

    /// <summary>Lines that could not be used, by reason.</summary>
    public IEnumerable<(Reason Reason, long Lines)> Rejected =>
        _rejected.Select((lines, reason) => ((Reason)reason, lines)).Where(entry => entry.lines > 0);

    /// <summary>All lines, whatever their outcome.</summary>
    public long Lines => Accepted + _rejected.Sum();

    public void Begin(LogRequest request)
    {
        _request = request;
        _requestId = request.File is null ? Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(request.ReceivedMs)).ToString("n") : "";
        _clean.Reset();
        foreach (var column in (ReadOnlySpan<DoorColumn>)[_addresses, _agents, _methods, _paths, _referrers])
            column.Reset();
        _partitionOfPair.Clear();
        foreach (var partition in _partitions)
            partition.Begin(request);
        _full.Clear();
        Array.Clear(_rejected);
        Accepted = 0;
        _replay?.Dispose();
        _replay = null;
    }

    /// <summary>Takes a line, which lies at <c>[start, end)</c> of the source with its line end.</summary>
    public void Take(ReadOnlySpan<byte> line, long start, long end, bool isTooLong)
    {
        var parsed = default(LogLine);
        var reason = isTooLong ? Reason.LineTooLong : _parser.Parse(line, _request.Format, ref parsed);
        if (reason == Reason.None && parsed.TimeMs > _request.ReceivedMs + MostAheadMs)
            reason = Reason.AheadOfClock;
        if (reason == Reason.None)
            Accept(parsed, start, end);
        else
            Reject(line, start, end, reason);
    }

    /// <summary>All groups of the request, which ends at <paramref name="end"/>. Valid until the next <see cref="Begin"/>.</summary>
    public IReadOnlyList<GroupDraft> Finish(long end)
    {
        foreach (var partition in _partitions)
            partition.Finish(end, _full);
        return _full;
    }

    public void Dispose()
    {
        _sealer.Dispose();
        _replay?.Dispose();
    }

    private void Accept(in LogLine line, long start, long end)
    {
        Accepted++;
        var flags = line.User.IsEmpty ? EventFlags.None : EventFlags.SignedOn;
        var address = _addresses.Number(line.Address, ref flags);
        var agent = _agents.Number(line.Agent, ref flags);
        var method = _methods.Number(line.Method, ref flags);
        var path = _paths.Number(line.Target, ref flags);
        var referrer = _referrers.Number(line.Referrer, ref flags);
        var partition = _partitions[PartitionOf(address, agent)];
        partition.Add(
            new EventRow
            {
                TimeMs = line.TimeMs,
                Position = start,
                Flags = flags,
                Address = partition.Local(_clean, address),
                Agent = partition.Local(_clean, agent),
                Method = partition.Local(_clean, method),
                Path = partition.Local(_clean, path),
                Referrer = partition.Local(_clean, referrer),
                Status = line.Status,
                Bytes = line.Bytes,
            },
            end,
            _full);
        if (!line.User.IsEmpty)
            AcceptAccess(line, path, start, end);
    }

    private int PartitionOf(int address, int agent)
    {
        var pair = ((ulong)(uint)address << 32) | (uint)agent;
        if (!_partitionOfPair.TryGetValue(pair, out var partition))
            _partitionOfPair[pair] = partition = _routes.OfVisitor(_clean[address], _clean[agent]);
        return partition;
    }

    // Who it was goes to the access record and nowhere else (P2).
    private void AcceptAccess(in LogLine line, int path, long start, long end)
    {
        var access = new AccessEvent
        {
            Site = _request.Site,
            AtMs = line.TimeMs,
            Member = Encoding.UTF8.GetString(line.User),
            Action = "service-accessed",
            Service = Encoding.UTF8.GetString(_clean[path]),
            Channel = "web",
            Outcome = line.Status switch { 401 or 403 => "refused", >= 400 => "failure", _ => "success" },
            Position = start,
            EventId = _request.File is null ? $"{_requestId}-{start}" : "",
        };
        _partitions[_routes.Of(line.User)].AddAccess(access, access.CalculateSize(), end, _full);
    }

    private void Reject(ReadOnlySpan<byte> line, long start, long end, Reason reason)
    {
        _rejected[(int)reason]++;
        var kept = line[..Math.Min(line.Length, MaxSealedLineBytes)];
        _replay ??= new Sealer(_keys.GetOrCreate(KeyNames.Replay(_request.Day)));
        var partition = _partitions[_routes.Of(kept)];
        var sealedLine = partition.Own(_replay.Seal(kept, []));
        partition.Add(new EventRow { TimeMs = _request.ReceivedMs, Position = start, Reason = reason, SealedLine = sealedLine }, end, _full);
    }
}
