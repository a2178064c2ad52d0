namespace KpTelemetry.Privacy.Counting;

/// <summary>The policy's times, in milliseconds of log time.</summary>
public static class FoldPolicy
{
    private const long HourMs = 60 * 60 * 1000;

    /// <summary>How long after its end a site's day waits for late live events: 2 hours.</summary>
    public const long LatenessMs = 2 * HourMs;

    /// <summary>How long the state of a site's day outlives its close, or its last events where they came later: 48 hours.</summary>
    public const long StateLivesMs = 48 * HourMs;

    /// <summary>How long a visit waits for its next page view: 30 minutes of event time.</summary>
    public const long VisitGapMs = HourMs / 2;

    /// <summary>What one visitor can add to the capped sum of requests of a cell and day. A sum that few visitors made is over twice its capped sum.</summary>
    public const int MostRequests = 200;

    /// <summary>The same, of page views.</summary>
    public const int MostViews = 20;

    /// <summary>The same, of seconds of visits: 2 hours.</summary>
    public const int MostVisitSeconds = 2 * 60 * 60;

    /// <summary>The same, of seconds on a page: half an hour.</summary>
    public const int MostStaySeconds = 30 * 60;
}
