namespace KpTelemetry.Privacy.Counting;

/// <summary>Which event times are counted at all: 1971 to 2105, within what a <c>Date</c> of ClickHouse holds in every zone. Milliseconds of Unix time.</summary>
public static class CountedTimes
{
    private const long EarliestMs = 31_536_000_000, LatestMs = 4_260_211_200_000;

    /// <summary>Whether an event of that time can be counted.</summary>
    public static bool Contains(long timeMs) => timeMs is >= EarliestMs and < LatestMs;
}
