using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>
/// Where a replay can start, and where it must. A fold that starts at a replay point with the clock saved there, and
/// before the first group of every site day whose state lives, comes to the state that the first fold had.
/// </summary>
internal sealed class ReplayPlan(IReadOnlyList<long> points, int blocksBetween)
{
    private readonly List<long> _points = [.. points];
    private int _blocks;

    /// <summary>A point at the offset after a block, where one is due.</summary>
    public ReplayPoint? PointAt(long offset, PartitionFold fold)
    {
        if (++_blocks < blocksBetween)
            return null;
        _blocks = 0;
        _points.Add(offset);
        return new ReplayPoint(offset, fold.SaveClock());
    }

    /// <summary>The latest point from which the state can be had whose oldest part begins at that offset; 0 is the log's start.</summary>
    public long ReplayFrom(long stateFrom)
    {
        var at = _points.FindLastIndex(point => point <= stateFrom);
        if (at > 0)
            _points.RemoveRange(0, at);
        return at < 0 ? 0 : _points[0];
    }
}
