using KpTelemetry.Canaries.Tests.Planting;

namespace KpTelemetry.Canaries.Tests;

/// <summary>
/// No planted value is found in anything that a stack keeps or tells: files, columns, records, tables, logs, metrics,
/// traces and answers. docs/CANARIES.md says what is planted where.
/// </summary>
public sealed class CanaryTests(ITestOutputHelper output)
{
    private const int DistinctOfEachClass = 30_000;
    private const int Seed = 0;

    [Fact]
    public Task Search_AfterAHundredThousandEvents_FindsNone() => RunAsync(new CanaryPlan(Alone: 30_000, Crowds: 4_200, Requests: 4_000, Seed));

    [Fact]
    [Trait("Length", "long")]
    public async Task Search_AfterAMillionEvents_FindsNone()
    {
        var plan = new CanaryPlan(Alone: 655_000, CanaryLog.AllCrowds, Requests: 10_000, Seed);
        Assert.True(plan.Events >= 1_000_000, plan.ToString());
        var run = await RunAsync(plan);
        Assert.All(run.Distinct, one => Assert.True(one.Value >= DistinctOfEachClass, $"{one.Key}: {one.Value}"));
    }

    private async Task<CanaryRun> RunAsync(CanaryPlan plan)
    {
        var run = new CanaryRun(plan);
        var since = TimeProvider.System.GetTimestamp();
        await run.RunAsync(what => output.WriteLine($"{TimeProvider.System.GetElapsedTime(since)}: {what}"));
        output.WriteLine($"{plan}; distinct values: {string.Join(", ", run.Distinct.Select(one => $"{one.Key} {one.Value}"))}");
        Assert.Contains(CanaryLog.Ordinary, run.Pages, StringComparison.Ordinal);
        Assert.Equal("", run.Withheld);
        Assert.Equal(Enum.GetValues<CanaryClass>().Length, run.Distinct.Count);
        Assert.True(run.Search.Found.Count == 0, $"{plan}{Environment.NewLine}{string.Join(Environment.NewLine, run.Search.Found.Order(StringComparer.Ordinal).Take(500))}");
        return run;
    }
}
