namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A sum of some numbers lies between two.</summary>
internal sealed record Bound(IReadOnlyList<int> Numbers, long Least, long Most);

/// <summary>Every way in which whole numbers, not negative, can lie within bounds, of which each number has one above.</summary>
internal sealed class Ways
{
    private readonly long[] _numbers;
    // Of each number its bounds, with the numbers before it, and whether it is the last of them.
    private readonly (Bound Bound, int[] Before, bool IsLast)[][] _of;
    private readonly Random _random = new(1);

    public Ways(int count, IReadOnlyCollection<Bound> bounds)
    {
        _numbers = new long[count];
        _of = [.. Enumerable.Range(0, count).Select(number => bounds.Where(bound => bound.Numbers.Contains(number))
            .Select(bound => (bound, bound.Numbers.Where(other => other < number).ToArray(), bound.Numbers.Max() == number)).ToArray())];
    }

    /// <summary>One after the other, lazily, those beside one another in an order of chance; each holds until the next.</summary>
    public IEnumerable<IReadOnlyList<long>> All() => From(0);

    private IEnumerable<IReadOnlyList<long>> From(int number)
    {
        if (number == _numbers.Length)
        {
            yield return _numbers;
            yield break;
        }

        var (least, most) = Within(number);
        var many = (int)Math.Max(0, most - least + 1);
        var begin = _random.Next(many + 1);
        for (var i = 0; i < many; i++)
        {
            _numbers[number] = least + ((begin + i) % many);
            foreach (var way in From(number + 1))
                yield return way;
        }
    }

    private (long Least, long Most) Within(int number)
    {
        var (least, most) = (0L, long.MaxValue);
        foreach (var (bound, before, isLast) in _of[number])
        {
            var sum = before.Sum(other => _numbers[other]);
            most = Math.Min(most, bound.Most - sum);
            least = isLast ? Math.Max(least, bound.Least - sum) : least;
        }

        return (least, most);
    }
}
