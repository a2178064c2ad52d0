namespace KpTelemetry.Ingest.Tests.Services;

/// <summary>Waits for what happens in its own time.</summary>
public static class Wait
{
    /// <summary>Until <paramref name="isSo"/>; fails after a minute.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        while (!await isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}
