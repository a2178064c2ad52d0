namespace KpTelemetry.Privacy.Counting;

/// <summary>The policy's times, in milliseconds of log time.</summary>
public static class FoldPolicy
{
    private const long HourMs = 60 * 60 * 1000;

    /// <summary>How long after its end a site's day waits for late live events: 2 hours.</summary>
    public const long LatenessMs = 2 * HourMs;

    /// <summary>How long the state of a site's day outlives its close, or its last events where they came later: 48 hours.</summary>
    public const long StateLivesMs = 48 * HourMs;
}
