using System.Globalization;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What a fold starts from: the partition's clock as saved at the offset where reading begins (empty at the log's start), and what had been covered of each source by then.</summary>
public sealed record FoldStart(byte[] Clock, IReadOnlyList<CoveredSource> Covered)
{
    /// <summary>The start of the log.</summary>
    public static FoldStart Empty { get; } = new([], []);
}

/// <summary>
/// Folds a partition's log into counts. Pure: no clock, no store; equal records in equal order from an equal start give
/// equal blocks, wherever blocks are cut. One partition, one fold; not thread-safe.
/// </summary>
public sealed class PartitionFold : IDisposable
{
    private const int InstanceBytes = 16;

    private readonly LogClock _clock;
    private readonly Dictionary<(Guid Source, GroupKind Kind), IntervalSet> _covered = [];
    private readonly Dictionary<string, VisitorHasher> _hashers = new(StringComparer.Ordinal);
    private readonly SiteDays _days;
    private readonly ClientEvents _clientEvents = new();
    private readonly BlockBuilder _block;
    private readonly VisitFold _visits;
    private readonly RowFold _rows;
    private readonly FoldPolicies _policies;

    /// <summary>Raised by every change that could give other numbers for the same log.</summary>
    public const int CodeVersion = 22;

    /// <param name="policies">The published revisions, where one has that name; those that are built in where nothing else is given.</param>
    public PartitionFold(ReferenceData reference, FoldStart start, Func<string, PolicyBook?>? policies = null)
        : this(reference, start, policies, new StatePacking())
    {
    }

    internal PartitionFold(ReferenceData reference, FoldStart start, Func<string, PolicyBook?>? policies, StatePacking packing)
    {
        _clock = LogClock.Load(start.Clock);
        _policies = new FoldPolicies(policies ?? PolicyBook.OfBuiltIn.With, _clock);
        (_days, _block) = (new SiteDays(_policies, packing), new BlockBuilder(packing));
        _visits = new VisitFold(_days, _block, packing);
        _rows = new RowFold(reference, _policies, _days, _clientEvents, _visits, _block);
        foreach (var source in start.Covered)
        {
            foreach (var range in source.Ranges)
                Covered(source.Source, source.Kind).Add(range.From, range.To);
        }
    }

    /// <summary>The version of everything that the numbers depend on beside the log: this code and the lists.</summary>
    public static int VersionOf(ReferenceData reference) => unchecked((CodeVersion * 397) ^ reference.Version);

    /// <summary>Events in the block at hand, those for the access record among them.</summary>
    public long Rows => _block.Rows + _block.AccessEvents;

    /// <summary>Cells that the block at hand adds to.</summary>
    public int Cells => _block.CellCount;

    /// <summary>Site days whose state lives.</summary>
    public int LiveDays => _days.Count;

    /// <summary>How many things the state remembers: visitors, their cells and visits, labels, runs of clients.</summary>
    public long StateEntries => _days.Living.Sum(day => day.Entries) + _clientEvents.Entries;

    /// <summary>Of the days whose state lives, how many lie packed, and in how many bytes.</summary>
    public (int Days, long Bytes) Packed => (_days.Living.Count(day => day.IsPacked), _days.Living.Sum(day => (long)day.PackedBytes));

    /// <summary>
    /// Takes note of the next group, whatever its kind, before its body is opened. False where it is to be skipped whole:
    /// a producer's retry of one that was seen.
    /// </summary>
    public bool Begin(long offset, GroupHeader header)
    {
        if (!IsSound(header))
        {
            Reject(offset, header);
            return false;
        }

        // The later of both, so that no block is of a log day that every watermark has left behind: its key may have ended.
        _block.Begin(Math.Max(header.ReceivedToMs, _clock.WatermarkMs));
        var before = _clock.WatermarkMs;
        if (!_clock.Observe(header))
            return false;
        if (_clock.WatermarkMs > before)
            _block.Mark(_clock.WatermarkMs, import: null);
        _days.PackIdle();
        _visits.CloseThrough(_clock.WatermarkMs);
        _days.EndThrough(_clock.WatermarkMs, EndDay);
        _clientEvents.Advance(_clock.WatermarkMs);
        if (header.Kind is GroupKind.EndOfImport or GroupKind.EndingImport)
            EndImport(header);
        return true;
    }

    /// <summary>Takes note of a key that a group at that offset needs to be folded, now or in a replay.</summary>
    public void Name(string key, long offset) => _block.Name(key, offset);

    /// <summary>Folds the rows of a telemetry group. <paramref name="stateKey"/> is the key that the header names.</summary>
    public void Fold(long offset, GroupHeader header, EventBatchReader batch, byte[] stateKey)
    {
        if (batch.Rows != header.Rows || !KnowsPolicies(batch))
        {
            Reject(offset, header);
            return;
        }

        var covered = AlreadyCovered(header);
        _rows.Begin(batch, new RowOrigin(offset, header.ReceivedToMs, _clock.WatermarkMs, ImportOf(header), covered, HasherOf(header.StateKey, stateKey)));
        foreach (var section in batch.Sections)
            _rows.Fold(section);
        Cover(header);
    }

    /// <summary>Takes the events of an access group, those not received before.</summary>
    public void Fold(GroupHeader header, AccessBatch batch)
    {
        var covered = AlreadyCovered(header);
        for (var row = 0; row < batch.Events.Count; row++)
        {
            var told = batch.Events[row];
            if (covered is null || !covered.Contains(told.Position))
                _block.Add(EntryOf(header, row, told));
        }

        Cover(header);
    }

    /// <summary>Rejects a group whole: it does not open, or does not read. Its range stays uncovered, so that what is sent again counts.</summary>
    public void Reject(long offset, GroupHeader? header)
    {
        var site = header?.File?.Site?.Name ?? "";
        var rows = header is null ? 1 : (int)Math.Min(header.Rows, int.MaxValue);
        _block.Enter(site, header is null ? Guid.Empty : ImportOf(header), Outcome.Rejected, Reason.Unreadable, rows);
        if (rows > 0)
            _block.Reject(new RejectedRow(offset, 0, site, Reason.Unreadable, header?.ReceivedToMs ?? _clock.WatermarkMs));
    }

    /// <summary>Ends the block at hand and hands over what its groups came to.</summary>
    public BlockContent TakeBlock()
    {
        PruneHashers();
        return _block.Finish(_clock.WatermarkMs, Earlier(_days.OldestOffset, _clientEvents.OldestOffset));
    }

    /// <summary>The partition's clock, to start a later fold from where the next group lies.</summary>
    public byte[] SaveClock() => _clock.Save();

    public void Dispose()
    {
        foreach (var hasher in _hashers.Values)
            hasher.Dispose();
        _rows.Dispose();
    }

    private void EndDay(SiteDay day)
    {
        _visits.CloseAll(day);
        _block.Release(day);
    }

    private void EndImport(GroupHeader header)
    {
        var (end, isWhole) = (new ImportEnd(IdOf(header.File.Import), header.File.Site?.Name ?? "", header.ReceivedToMs), header.Kind == GroupKind.EndOfImport);
        _visits.CloseOf(end, isWhole ? _days.Living : _days.FirstOf(end.Site, header.File.Part, header.File.Parts));
        if (!isWhole)
            return;
        _block.End(end);
        _block.Mark(header.ReceivedToMs, end.Import);
    }

    private static long? Earlier(long? one, long? other) => one is null || other < one ? other : one;

    private static bool IsSound(GroupHeader header) =>
        header.Instance.Length == InstanceBytes && header.Sequence is > 0 and < long.MaxValue && header.Kind != GroupKind.Unspecified
        && (header.File is { } file
            ? file.Source.Length == InstanceBytes && file.Import.Length == InstanceBytes && (header.Kind != GroupKind.EndingImport || file.Part < file.Parts)
            : header.Kind is not (GroupKind.EndOfImport or GroupKind.EndingImport));

    private bool KnowsPolicies(EventBatchReader batch)
    {
        foreach (var section in batch.Sections)
        {
            if (section.Site is { } stamp && _policies.Of(stamp) is null)
                return false;
        }

        return true;
    }

    private IntervalSet? AlreadyCovered(GroupHeader header)
    {
        if (header.File is not { } file)
            return null;
        var covered = Covered(IdOf(file.Source), header.Kind);
        return covered.Intersects(file.From, file.To) ? covered : null;
    }

    private void Cover(GroupHeader header)
    {
        if (header.File is not { } file)
            return;
        var source = IdOf(file.Source);
        Covered(source, header.Kind).Add(file.From, file.To);
        _block.Cover(source, header.Kind, file.From, file.To);
    }

    private IntervalSet Covered(Guid source, GroupKind kind)
    {
        if (!_covered.TryGetValue((source, kind), out var ranges))
            _covered.Add((source, kind), ranges = new IntervalSet());
        return ranges;
    }

    private VisitorHasher HasherOf(string name, byte[] key)
    {
        if (!_hashers.TryGetValue(name, out var hasher))
            _hashers.Add(name, hasher = new VisitorHasher(name, key));
        return hasher;
    }

    private void PruneHashers()
    {
        var used = _days.HashersInUse();
        foreach (var unused in _hashers.Values.Where(hasher => !used.Contains(hasher)).ToArray())
        {
            _hashers.Remove(unused.KeyName);
            unused.Dispose();
        }
    }

    private static AccessEntry EntryOf(GroupHeader header, int row, AccessEvent told)
    {
        if (header.File is { } file)
            return new AccessEntry(IdOf(file.Source), "", "", told, header.ReceivedToMs, IdOf(file.Import));
        // A sender that gives its events no ids has them counted by their group, which is known when it is sent again.
        var instance = Convert.ToHexStringLower(header.Instance.Span);
        return told.EventId.Length > 0
            ? new AccessEntry(null, told.Sender, told.EventId, told, header.ReceivedToMs, Guid.Empty)
            : new AccessEntry(null, instance, string.Create(CultureInfo.InvariantCulture, $"{header.Sequence}:{row}"), told, header.ReceivedToMs, Guid.Empty);
    }

    private static Guid ImportOf(GroupHeader header) => header.File is { Import.Length: InstanceBytes } file ? IdOf(file.Import) : Guid.Empty;

    private static Guid IdOf(Google.Protobuf.ByteString bytes) => new(bytes.Span, bigEndian: true);
}
