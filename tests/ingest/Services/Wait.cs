namespace KpTelemetry.Ingest.Tests.Services;

/// <summary>Waits for what happens in its own time.</summary>
public static class Wait
{
    /// <summary>How long what happens may take: a bound for a busy machine, behind which lies a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Until <paramref name="isSo"/>; fails when patience ends.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!await isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}
