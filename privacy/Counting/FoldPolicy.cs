using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// What a revision of the policy says to the fold; times in milliseconds. Events are folded under the revision that was
/// stamped on them at their receipt, never under the one of now: a site's day under that of its first event.
/// </summary>
/// <param name="Revision">Its name, such as <c>20170913</c>.</param>
/// <param name="LatenessMs">How long after its end a site's day waits for late live events.</param>
/// <param name="StateLivesMs">How long the state of a site's day outlives its close, or its last events where they came later; see <see cref="FoldPolicies.LifeAt"/>.</param>
/// <param name="VisitGapMs">How long a visit waits for its next page view, in event time.</param>
/// <param name="MostRequests">What one visitor can add to the capped sum of requests of a cell and day. A sum that few visitors made is over twice its capped sum.</param>
/// <param name="MostViews">The same, of page views.</param>
/// <param name="MostVisitSeconds">The same, of seconds of visits.</param>
/// <param name="MostStaySeconds">The same, of seconds on a page.</param>
public sealed record FoldPolicy(
    string Revision, long LatenessMs, long StateLivesMs, long VisitGapMs, int MostRequests, int MostViews, int MostVisitSeconds, int MostStaySeconds)
{
    private const long MinuteMs = 60 * 1000;
    private const long HourMs = 60 * MinuteMs;

    /// <summary>Of the built-in revision: 2 hours, 48 hours, 30 minutes; 200 requests, 20 page views, half an hour, 5 minutes.</summary>
    public static FoldPolicy BuiltIn { get; } = Of(PolicyBook.BuiltIn);

    /// <summary>Of a revision.</summary>
    public static FoldPolicy Of(PolicyRevision revision) => new(
        revision.Name,
        revision.Values[PolicyKeys.LatenessMinutes] * MinuteMs,
        revision.Values[PolicyKeys.StateHours] * HourMs,
        revision.Values[PolicyKeys.VisitGapMinutes] * MinuteMs,
        revision.Values[PolicyKeys.MostRequests],
        revision.Values[PolicyKeys.MostPageViews],
        revision.Values[PolicyKeys.MostVisitSeconds],
        revision.Values[PolicyKeys.MostPageSeconds]);
}
