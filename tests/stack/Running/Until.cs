namespace KpTelemetry.Stack.Tests.Running;

/// <summary>Waits for what happens in another process.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // Not an assertion about speed: a bound for a machine that is busy with other tests, behind which lies a hang.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It never did; the message says what was waited for.</exception>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
            {
                throw new TimeoutException($"still not so: {what}");
            }

            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
