using System.Runtime.InteropServices;

namespace KpTelemetry.Privacy.Counting;

/// <summary>A half-open span of whole numbers.</summary>
public readonly record struct Interval(long From, long To);

/// <summary>A set of whole numbers kept as disjoint half-open intervals, in order, none touching another. Quickest where additions come in order.</summary>
public sealed class IntervalSet
{
    private readonly List<Interval> _intervals = [];

    /// <summary>The intervals, ascending.</summary>
    public IReadOnlyList<Interval> Intervals => _intervals;

    /// <summary>Whether the number is in the set.</summary>
    public bool Contains(long number)
    {
        var at = FirstEndingAfter(number);
        return at < _intervals.Count && _intervals[at].From <= number;
    }

    /// <summary>Whether the set and [from, to) have a number in common.</summary>
    public bool Intersects(long from, long to)
    {
        var at = FirstEndingAfter(from);
        return from < to && at < _intervals.Count && _intervals[at].From < to;
    }

    /// <summary>Adds every number of [from, to); nothing where it is empty.</summary>
    public void Add(long from, long to)
    {
        if (from >= to)
            return;
        // Those that touch the new one, also end to end, become one with it.
        var first = FirstEndingAfter(from - 1);
        var last = first;
        for (; last < _intervals.Count && _intervals[last].From <= to; last++)
            (from, to) = (Math.Min(from, _intervals[last].From), Math.Max(to, _intervals[last].To));
        _intervals.RemoveRange(first, last - first);
        _intervals.Insert(first, new Interval(from, to));
    }

    private int FirstEndingAfter(long number)
    {
        var intervals = CollectionsMarshal.AsSpan(_intervals);
        if (intervals.Length == 0 || intervals[^1].To <= number)
            return intervals.Length;
        var (low, high) = (0, intervals.Length - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = intervals[middle].To > number ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
