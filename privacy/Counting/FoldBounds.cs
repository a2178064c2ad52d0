namespace KpTelemetry.Privacy.Counting;

/// <summary>What the fold remembers at most, whatever the policy says. Times in milliseconds.</summary>
public static class FoldBounds
{
    private const long HourMs = 60 * 60 * 1000;

    /// <summary>How much longer than its gap, by log time, a visit waits for page views that are on their way: 5 minutes.</summary>
    public const long VisitDelayMs = HourMs / 12;

    /// <summary>How long an open visit of a file waits for more where no end of its import comes: 2 hours of log time.</summary>
    public const long FileIdleMs = 2 * HourMs;

    /// <summary>A visit goes on for at most so long into the next day, gap included: 12 hours. So it never reaches the day after that.</summary>
    public const long LongestTailMs = 12 * HourMs;

    /// <summary>How many page views of a visit can still change places: one may come behind so many later ones.</summary>
    public const int OpenViews = 8;

    /// <summary>Visits of a visitor and day that still take page views; where there are more, the earliest is final.</summary>
    public const int OpenVisits = 4;

    /// <summary>Cells of tables of many labels that a visitor is known in on a day; in more, they count as nobody.</summary>
    public const int MostCells = 2000;

    /// <summary>Visitors that a partition knows on a day of a site; more count as nobody.</summary>
    public const int MostVisitors = 1 << 19;

    /// <summary>Pairs of visitor and cell that a partition knows on a day of a site; in more, visitors count as nobody.</summary>
    public const int MostShares = 1 << 22;

    /// <summary>For how long events of clients are known when they come again: 48 hours, or for as long as the state of days lives where that is less. One that happened longer before its receipt is too old.</summary>
    public const long RepeatWindowMs = 48 * HourMs;

    /// <summary>Runs of clients that a partition knows from about seven hours of log; events of more are too old.</summary>
    public const int MostRuns = 1 << 19;

    /// <summary>Gaps in the numbers of a client's run that are remembered; where there are more, the earliest count as received.</summary>
    public const int MostGaps = 64;
}
