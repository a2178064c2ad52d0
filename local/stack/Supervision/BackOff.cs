namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>Pauses between starts: 0.2 s, doubled each time up to 15 s; back to the first after a minute of good work.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan GoodWork = TimeSpan.FromSeconds(60);

    private TimeSpan next = First;

    /// <summary>How long to wait after a process that had been ready for <paramref name="worked"/> has ended.</summary>
    public TimeSpan After(TimeSpan worked)
    {
        if (worked >= GoodWork)
        {
            next = First;
        }

        var pause = next;
        next = pause * 2 < Longest ? pause * 2 : Longest;
        return pause;
    }
}
