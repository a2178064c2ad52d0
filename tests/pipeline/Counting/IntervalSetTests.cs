using CsCheck;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

public sealed class IntervalSetTests
{
    [Fact]
    public void Add_AnySpans_HoldsTheirNumbersAndNoOthers() => Gen.Select(Gen.Int[0, 60], Gen.Int[0, 20]).List[0, 30].Check(spans =>
    {
        var (set, numbers) = (new IntervalSet(), new HashSet<long>());
        foreach (var (from, length) in spans)
        {
            var intersects = Enumerable.Range(from, length).Any(number => numbers.Contains(number));
            Assert.Equal(intersects, set.Intersects(from, from + length));
            set.Add(from, from + length);
            numbers.UnionWith(Enumerable.Range(from, length).Select(number => (long)number));
        }

        Assert.Equal(Enumerable.Range(-1, 90).Where(number => numbers.Contains(number)), Enumerable.Range(-1, 90).Where(number => set.Contains(number)));
        Assert.All(set.Intervals.Zip(set.Intervals.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));
    });
}
