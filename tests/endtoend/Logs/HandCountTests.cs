namespace KpTelemetry.EndToEnd.Tests.Logs;

/// <summary>The hand count itself, against what is known of the sample log from elsewhere.</summary>
public sealed class HandCountTests
{
    [Fact]
    public void Of_SampleLog_HasTheFiguresThatAreKnown()
    {
        using var log = TestLog.Sample();
        Assert.SkipWhen(log is null, "shared/data/apache_combined_10k.log does not lie beside the repository");
        var model = log!.Model;
        Assert.Equal(0, model.Malformed);
        Assert.Equal([1632L, 2893, 2896, 2579], model.ByDay(d => d.Requests).Values);
        Assert.Equal(2_747_282_740, model.Days.Values.Sum(d => d.Bytes));
        Assert.Equal(
            new SortedDictionary<string, long>(StringComparer.Ordinal) { ["200"] = 9126, ["206"] = 45, ["301"] = 164, ["304"] = 445, ["403"] = 2, ["404"] = 213, ["416"] = 2, ["500"] = 3 },
            model.Status);
    }
}
