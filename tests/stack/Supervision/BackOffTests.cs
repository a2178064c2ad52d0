using KpTelemetry.Local.Stack.Supervision;

namespace KpTelemetry.Stack.Tests.Supervision;

public sealed class BackOffTests
{
    [Fact]
    public void After_EndsInARow_DoublesUpToTheLongest()
    {
        var backOff = new BackOff();
        var pauses = Enumerable.Range(0, 9).Select(_ => backOff.After(TimeSpan.Zero).TotalSeconds).ToList();

        Assert.Equal([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15], pauses);
    }

    [Fact]
    public void After_GoodWork_BeginsAnew()
    {
        var backOff = new BackOff();
        backOff.After(TimeSpan.Zero);
        backOff.After(TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(0.2), backOff.After(TimeSpan.FromMinutes(5)));
    }
}
