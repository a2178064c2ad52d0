namespace KpTelemetry.Privacy.Release;

/// <summary>
/// The steps of an open day's total. Blocks are gathered until they suffice by themselves; a step that is
/// full stays back until the next one is. So whoever reads at any two moments sees a difference of whole steps, and the
/// close has a held step to let the last, smaller gathering go with.
/// </summary>
/// <remarks>
/// A function of the blocks after the last released step in the order of their commits: a successor that reads them
/// again has the same steps.
/// </remarks>
/// <param name="policy">The numbers of the rule.</param>
/// <param name="covered">Sequence number through which steps have been released.</param>
public sealed class StepGathering(ReleasePolicy policy, long covered)
{
    private Step? _held;
    private SiteCells _current = new();

    /// <summary>The numbers of the rule.</summary>
    public ReleasePolicy Policy => policy;

    /// <summary>Last block gathered.</summary>
    public long Through { get; private set; } = covered;

    /// <summary>
    /// What the full step holds that stays back; zero without one. What is filling is told by no band: whoever sends
    /// requests sees at which of them a band turns, and so to the last one what others sent.
    /// </summary>
    public Counters Held => _held?.Cells.Total ?? default;

    /// <summary>Gathers a block; the step that this lets go, or null. Blocks come in rising order, each once.</summary>
    public Step? Gather(SiteCells block, long seq)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(seq, Through);
        Through = seq;
        _current.Add(block);
        if (!Sufficing.People(_current.Total, policy))
            return null;
        var released = _held;
        _held = new Step(_current, seq);
        _current = new SiteCells();
        return released;
    }
}

/// <summary>Blocks that may be published together.</summary>
/// <param name="Cells">What they add.</param>
/// <param name="Through">The last of them.</param>
public sealed record Step(SiteCells Cells, long Through);
