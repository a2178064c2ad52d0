namespace KpTelemetry.Local.Simulator.Chance;

/// <summary>Draws things with given weights in constant time (Vose's alias method).</summary>
public sealed class Weighted<T>
{
    private readonly T[] _things;
    private readonly double[] _keep;
    private readonly int[] _alias;

    /// <param name="things">At least one, with weights above zero.</param>
    public Weighted(IEnumerable<(T Thing, double Weight)> things)
    {
        var all = things.ToArray();
        var total = all.Sum(t => t.Weight);
        _things = [.. all.Select(t => t.Thing)];
        _keep = [.. all.Select(t => t.Weight * all.Length / total)];
        _alias = new int[all.Length];
        Pair();
    }

    /// <summary>The things, in the order in which they were given.</summary>
    public IReadOnlyList<T> Things => _things;

    public T Draw(ref Dice dice)
    {
        var column = dice.Below(_things.Length);
        return _things[dice.Unit() < _keep[column] ? column : _alias[column]];
    }

    private void Pair()
    {
        var small = new Stack<int>(Enumerable.Range(0, _keep.Length).Where(i => _keep[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, _keep.Length).Where(i => _keep[i] >= 1));
        while (small.Count > 0 && large.Count > 0)
        {
            var (less, more) = (small.Pop(), large.Pop());
            _alias[less] = more;
            _keep[more] -= 1 - _keep[less];
            (_keep[more] < 1 ? small : large).Push(more);
        }

        // What rounding left over keeps its own column.
        foreach (var rest in small.Concat(large))
            _keep[rest] = 1;
    }
}

/// <summary>Makes <see cref="Weighted{T}"/>.</summary>
public static class Weighted
{
    /// <summary>The first thing is drawn most often, the n-th with weight n^−<paramref name="exponent"/>.</summary>
    public static Weighted<T> Zipf<T>(IEnumerable<T> things, double exponent) =>
        new(things.Select((thing, rank) => (thing, Math.Pow(rank + 1, -exponent))));

    /// <summary>Draws by the weights given.</summary>
    public static Weighted<T> Of<T>(params (T Thing, double Weight)[] things) => new(things);
}
