using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Verifying;

/// <summary>Where a verification has got to: enough to go on from there.</summary>
/// <param name="Frontier">The tree of what was verified.</param>
/// <param name="Recorded">When the last entry of it was recorded; null before the first.</param>
internal sealed record VerifiedPlace(Frontier Frontier, DateTimeOffset? Recorded);

/// <summary>
/// Goes through a record entry by entry, wherever it comes from: each has the next index, the leaf of what it holds, and a
/// time not before the one before it; at each checkpoint the tree has the root that was signed; and the entry that tells of
/// a checkpoint is there before the next one is signed.
/// </summary>
internal sealed class RecordCheck(VerifiedPlace start)
{
    private readonly Frontier _frontier = start.Frontier.Copy();
    private DateTimeOffset? _recorded = start.Recorded;
    private long _agreed = start.Frontier.Size;
    private Checkpoint? _untold;
    private Finding? _told;

    /// <summary>Entries gone through.</summary>
    public long Size => _frontier.Size;

    /// <summary>The tree so far.</summary>
    public byte[] Root => _frontier.Root();

    /// <summary>The size of the last checkpoint that agreed.</summary>
    public long Agreed => _agreed;

    /// <summary>How many agreed.</summary>
    public long Checkpoints { get; private set; }

    /// <summary>Where the last checkpoint agreed, or the start.</summary>
    public VerifiedPlace Place { get; private set; } = start;

    /// <summary>The size of the last checkpoint, while no entry has told of it.</summary>
    public long? Untold => _untold?.Size;

    /// <summary>
    /// An entry since the last checkpoint that tells of one which is not there. It stands only where the entries themselves
    /// are shown to be those that were signed: else the first of them that is wrong may lie before it.
    /// </summary>
    public Finding? ToldWrongly => _told;

    /// <summary>Subtrees that were completed and not taken yet.</summary>
    public List<Subtree> Completed { get; } = [];

    /// <summary>The next entry; what is wrong with it, or null.</summary>
    public Finding? Add(in StoredLine line)
    {
        var index = _frontier.Size;
        if (line.Index != index)
            return line.Index > index ? Finding.Entries(index, line.Index, "missing") : Finding.Entry(line.Index, "there twice");
        if (line.Wrong is { } wrong)
            return Finding.Entry(index, wrong);
        if (!Leaf.Of(line.Entry!).AsSpan().SequenceEqual(line.Leaf))
            return Finding.Entry(index, "what is stored is not what its leaf was made of");
        if (line.Entry!.Recorded < _recorded)
            return Finding.Entry(index, "recorded before the entry before it");
        _recorded = line.Entry.Recorded;
        _frontier.Append(TreeHash.Leaf(line.Leaf), Completed);
        if (TellsOfAnother(index, line.Entry.Body))
            _told ??= Finding.Entry(index, "tells of a checkpoint that is not there, or not of that size and root");
        return null;
    }

    /// <summary>The next checkpoint, signed and of exactly the entries gone through; what is wrong with them, or null.</summary>
    public Finding? Add(Checkpoint checkpoint)
    {
        if (!checkpoint.Root.AsSpan().SequenceEqual(_frontier.Root()))
            return Finding.Entries(_agreed, _frontier.Size, FormattableString.Invariant($"not those that the checkpoint of {checkpoint.Size} entries was signed over"));
        if (_told is not null)
            return _told;
        if (Untold is { } untold)
            return Finding.Entries(untold, _frontier.Size, FormattableString.Invariant($"none tells of the checkpoint of {untold} entries"));
        (_untold, _agreed) = (checkpoint, checkpoint.Size);
        Place = new VerifiedPlace(_frontier.Copy(), _recorded);
        Checkpoints++;
        return null;
    }

    /// <summary>The checkpoint that verification starts at: no entry has told of it yet.</summary>
    public void StartAt(Checkpoint checkpoint) => _untold = checkpoint;

    private bool TellsOfAnother(long index, byte[] body)
    {
        if (EntryBody.ContentInClear(body) is not { } content || EntryContent.Read(content)?.Event is not CheckpointSigned told)
            return false;
        var isAwaited = _untold is { } awaited && awaited.Size == told.Size && awaited.Size <= index && awaited.Root.AsSpan().SequenceEqual(told.Root);
        _untold = null;
        return !isAwaited;
    }
}
