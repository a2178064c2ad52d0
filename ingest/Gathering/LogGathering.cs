using System.Text;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>Why the telemetry of a member is dropped; <see cref="Reason.None"/> where it is not.</summary>
internal delegate Reason DropRule(ReadOnlySpan<byte> member);

/// <summary>What became of a line.</summary>
/// <param name="Reason">Why it cannot be used; <see cref="Reason.None"/> where it was taken, or dropped.</param>
/// <param name="Target">The partition that it goes to, where it was.</param>
internal readonly record struct Taken(Reason Reason, int Target);

/// <summary>
/// Turns the lines of one request into groups: parse, minimise, route, gather. Keeps its memory for the next request.
/// Not thread-safe.
/// </summary>
internal sealed class LogGathering : IDisposable
{
    /// <summary>How much of a line that could not be used is sealed for the replay.</summary>
    public const int MaxSealedLineBytes = 4096;

    private readonly KeyStore _keys;
    private readonly DropRule _drops;
    private readonly LogLineParser _parser = new();
    private readonly ValueTable _clean = new();
    private readonly DoorColumn _addresses, _agents, _methods, _paths, _referrers, _campaigns;
    private readonly Routes _routes;
    private readonly Dictionary<ulong, int> _partitionOfPair = [];
    private readonly GroupSealer _sealer;
    private readonly PartitionGathering[] _partitions;
    private readonly List<GroupDraft> _full = [];
    private readonly long[] _refused = new long[(int)Enum.GetValues<Reason>().Max() + 1];
    private LogRequest _request = null!;
    private Sealer? _replay;
    private string _requestId = "";

    public LogGathering(KeyStore keys, int partitions, DropRule drops)
    {
        (_keys, _drops) = (keys, drops);
        _addresses = new DoorColumn(_clean, DoorRules.Address);
        _agents = new DoorColumn(_clean, MinimiseText.Agent);
        _methods = new DoorColumn(_clean, DoorRules.Method);
        _paths = new DoorColumn(_clean, MinimisePath.Target);
        _referrers = new DoorColumn(_clean, MinimiseReferrer.Apply);
        _campaigns = new DoorColumn(_clean, CampaignOf);
        _routes = new Routes(keys.GetOrCreate(KeyNames.Route), partitions);
        _sealer = new GroupSealer(keys);
        _partitions = [.. Enumerable.Range(0, partitions).Select(partition => new PartitionGathering(partition, _sealer))];
    }

    /// <summary>Lines that were taken: those dropped by policy too, which a sender is not told apart.</summary>
    public long Accepted { get; private set; }

    /// <summary>Lines that could not be used, by reason.</summary>
    public IEnumerable<(Reason Reason, long Lines)> Rejected =>
        Refused.Where(entry => !entry.Reason.IsDropped());

    /// <summary>Lines that policy dropped, by reason.</summary>
    public IEnumerable<(Reason Reason, long Lines)> Dropped => Refused.Where(entry => entry.Reason.IsDropped());

    /// <summary>All lines, whatever their outcome.</summary>
    public long Lines => Accepted + Rejected.Sum(entry => entry.Lines);

    private IEnumerable<(Reason Reason, long Lines)> Refused => _refused.Select((lines, reason) => ((Reason)reason, lines)).Where(entry => entry.lines > 0);

    public void Begin(LogRequest request)
    {
        _request = request;
        _requestId = request.File is null ? Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(request.ReceivedMs)).ToString("n") : "";
        _clean.Reset();
        foreach (var column in (ReadOnlySpan<DoorColumn>)[_addresses, _agents, _methods, _paths, _referrers, _campaigns])
            column.Reset();
        _partitionOfPair.Clear();
        foreach (var partition in _partitions)
            partition.Begin(request);
        _full.Clear();
        Array.Clear(_refused);
        Accepted = 0;
        _replay?.Dispose();
        _replay = null;
    }

    /// <summary>Takes a line, which lies at <c>[start, end)</c> of the source with its line end.</summary>
    public void Take(ReadOnlySpan<byte> line, long start, long end, bool isTooLong)
    {
        var reason = isTooLong ? Reason.LineTooLong : TryTake(line, start, end).Reason;
        if (reason != Reason.None)
            Reject(line, start, end, reason);
    }

    /// <summary>Takes a line where it can be used; else nothing of it is kept. <paramref name="target"/> as in <see cref="TryTake(LiveEvent, long, long, long, int?)"/>.</summary>
    public Taken TryTake(ReadOnlySpan<byte> line, long start, long end, int? target = null)
    {
        var parsed = default(LogLine);
        var reason = _parser.Parse(line, _request.Format, ref parsed);
        if (reason != Reason.None)
            return new Taken(reason, 0);
        // Whether it is dropped is asked first: a line that is rejected is kept, sealed.
        if (!parsed.User.IsEmpty && _drops(parsed.User) is not Reason.None and var drop)
            return new Taken(Reason.None, Drop(parsed, start, end, drop, target));
        // A time that the processors do not count is refused here, where the line can be kept.
        reason = ReasonOf(parsed.TimeMs);
        return reason == Reason.None ? new Taken(reason, Accept(parsed, start, end, target)) : new Taken(reason, 0);
    }

    /// <summary>Takes a pixel's event where it can be used.</summary>
    /// <param name="pixel">The event, minimised.</param>
    /// <param name="timeMs">When it was received first.</param>
    /// <param name="start">Where it stands in the source.</param>
    /// <param name="end">Where the next one stands.</param>
    /// <param name="target">The partition that it goes to; null for that of what its client carries.</param>
    public Taken TryTake(LiveEvent pixel, long timeMs, long start, long end, int? target = null)
    {
        if (pixel.Reason != Reason.None)
            return new Taken(pixel.Reason, 0);
        Accepted++;
        var number = target ?? _routes.OfVisitor(pixel.Address, pixel.Agent);
        var partition = _partitions[number];
        partition.Add(
            new EventRow
            {
                TimeMs = timeMs,
                Position = start,
                Flags = pixel.Flags,
                Address = partition.Own(pixel.Address),
                Agent = partition.Own(pixel.Agent),
                Path = partition.Own(pixel.Path),
                Referrer = partition.Own(pixel.Referrer),
                Event = partition.Own(pixel.Event),
                Campaign = partition.Own(pixel.Campaign),
            },
            end,
            _full);
        return new Taken(Reason.None, number);
    }

    /// <summary>Takes what a portal told of a member. It goes where that member's lines go.</summary>
    public void Take(AccessEvent told)
    {
        Accepted++;
        AddAccess(told, Encoding.UTF8.GetBytes(told.Member), end: 0);
    }

    /// <summary>Counts an event that cannot be used and of which nothing is kept: whoever sent it is told, and has it.</summary>
    public void Refuse(Reason reason)
    {
        _refused[(int)reason]++;
        _partitions[_routes.Of(Encoding.ASCII.GetBytes(_requestId))].Add(new EventRow { TimeMs = _request.ReceivedMs, Reason = reason }, end: 0, _full);
    }

    /// <summary>Whether an event of that time is taken; else why not.</summary>
    public Reason ReasonOf(long timeMs) => timeMs switch
    {
        _ when !CountedTimes.Contains(timeMs) => Reason.BadTime,
        _ when timeMs > _request.Times.ToMs => Reason.AheadOfClock,
        _ when timeMs < _request.Times.FromMs => Reason.TooOld,
        _ => Reason.None,
    };

    /// <summary>Keeps what cannot be used, sealed for the replay. <paramref name="target"/> is the partition that it goes to; null for any.</summary>
    public void Reject(ReadOnlySpan<byte> line, long start, long end, Reason reason, EventFlags flags = EventFlags.None, int? target = null)
    {
        _refused[(int)reason]++;
        var kept = line[..Math.Min(line.Length, MaxSealedLineBytes)];
        _replay ??= new Sealer(_keys.GetOrCreate(KeyNames.Replay(_request.Day)));
        var partition = _partitions[target ?? _routes.Of(kept)];
        var sealedLine = partition.Own(_replay.Seal(kept, []));
        partition.Add(new EventRow { TimeMs = _request.ReceivedMs, Position = start, Flags = flags, Reason = reason, SealedLine = sealedLine }, end, _full);
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

    // Of the person nothing stays but that there was an event. It goes where its visitor's events go, so that a line that
    // was sent before is known as a duplicate.
    private int Drop(in LogLine line, long start, long end, Reason reason, int? target)
    {
        Accepted++;
        _refused[(int)reason]++;
        var flags = EventFlags.None;
        var number = target ?? PartitionOf(_addresses.Number(line.Address, ref flags), _agents.Number(line.Agent, ref flags));
        _partitions[number].Add(new EventRow { TimeMs = _request.ReceivedMs, Position = start, Reason = reason }, end, _full);
        AcceptAccess(line, _paths.Number(line.Target, ref flags), start, end);
        return number;
    }

    private int Accept(in LogLine line, long start, long end, int? target)
    {
        Accepted++;
        var flags = line.User.IsEmpty ? EventFlags.None : EventFlags.SignedOn;
        var address = _addresses.Number(line.Address, ref flags);
        var agent = _agents.Number(line.Agent, ref flags);
        var method = _methods.Number(line.Method, ref flags);
        var path = _paths.Number(line.Target, ref flags);
        var referrer = _referrers.Number(line.Referrer, ref flags);
        var campaign = _request.Site.Campaigns.Count > 0 ? _campaigns.Number(line.Target, ref flags) : 0;
        var number = target ?? PartitionOf(address, agent);
        var partition = _partitions[number];
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
                Campaign = partition.Local(_clean, campaign),
                Status = line.Status,
                Bytes = line.Bytes,
            },
            end,
            _full);
        if (!line.User.IsEmpty)
            AcceptAccess(line, path, start, end);
        return number;
    }

    private int CampaignOf(ReadOnlySpan<byte> target, Span<byte> destination, ref Removed removed) =>
        CampaignParameter.Read(target, _request.Site.Campaigns, destination);

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
            Site = _request.BareSite,
            AtMs = line.TimeMs,
            Member = Encoding.UTF8.GetString(line.User),
            Action = "service-accessed",
            Service = Encoding.UTF8.GetString(_clean[path]),
            Channel = "web",
            Outcome = line.Status switch { 401 or 403 => "refused", >= 400 => "failure", _ => "success" },
            Position = start,
            EventId = _request.File is null ? $"{_requestId}-{start}" : "",
        };
        AddAccess(access, line.User, end);
    }

    private void AddAccess(AccessEvent told, ReadOnlySpan<byte> member, long end) =>
        _partitions[_routes.Of(member)].AddAccess(told, told.CalculateSize(), end, _full);
}
