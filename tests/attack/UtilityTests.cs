using KpTelemetry.Benchmarks.Utility;
using KpTelemetry.Pipeline.Tests;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>What the rule leaves; <c>./kp bench utility</c> tells more of it.</summary>
public sealed class UtilityTests
{
    [Fact]
    public void Day_OfTwoThousandVisitors_HasThreeQuartersOfItsPageViewsUnderANamedPage()
    {
        var day = Assert.Single(PublishedDays.Of(SimulatedVisits.OfDay(new DateOnly(2026, 2, 2), 2_000, new Random(1)), Lists.Reference));

        Assert.Equal((6_000, 6_000, 2_000, 2_000), (day.Views, day.ToldViews, day.Visitors, day.ToldVisitors));
        Assert.InRange(day.NamedShare, 0.75, 1);
    }
}
