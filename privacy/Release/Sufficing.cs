namespace KpTelemetry.Privacy.Release;

/// <summary>
/// Which figures of a gain may be told, each by who made it: k who vouch stand behind every figure and behind its
/// complement, and no sum is mostly one visitor's.
/// </summary>
public static class Sufficing
{
    /// <summary>Visitors and page views, and whatever moves with them.</summary>
    public static bool People(in Counters gain, ReleasePolicy policy) =>
        gain.Vouched >= policy.K && Views(gain, policy);

    /// <summary>
    /// Visitors and page views of days that are told together and never by themselves. Of each day it is known that
    /// somebody came, and by how many requests: so k are needed beyond one a day, and k requests beyond the visitors.
    /// Else the sum could leave one number for each of its days.
    /// </summary>
    /// <param name="days">How many days have people.</param>
    public static bool Joined(in Counters sum, int days, ReleasePolicy policy) =>
        People(sum, policy) && sum.Vouched - days >= policy.K && sum.VouchedViewers - days >= policy.K && sum.CappedRequests - sum.Visitors >= policy.K;

    /// <summary>Page views by themselves.</summary>
    public static bool Views(in Counters gain, ReleasePolicy policy) =>
        gain.VouchedViewers >= policy.K && !IsDominated(gain.PageViews, gain.CappedViews, policy);

    /// <summary>Requests of humans.</summary>
    public static bool Requests(in Counters gain, ReleasePolicy policy) =>
        gain.Vouched >= policy.K && !IsDominated(gain.Requests, gain.CappedRequests, policy);

    /// <summary>How many visits there were.</summary>
    public static bool Visits(in Counters gain, ReleasePolicy policy) => gain.VouchedVisiting >= policy.K;

    /// <summary>How visits went on: bounces. Visits minus bounces are those that did not, and only they have seconds.</summary>
    public static bool Course(in Counters gain, ReleasePolicy policy) => gain.VouchedBouncing >= policy.K && gain.VouchedStaying >= policy.K;

    /// <summary>Seconds of visits.</summary>
    public static bool Seconds(in Counters gain, ReleasePolicy policy) =>
        Course(gain, policy) && AreOfMany(gain.VisitSeconds, gain.CappedVisitSeconds, policy.MostVisitSeconds, policy);

    /// <summary>New visitors. Visitors minus new ones are those that have been here before.</summary>
    public static bool New(in Counters gain, ReleasePolicy policy) => gain.VouchedNew >= policy.K && gain.VouchedReturning >= policy.K;

    /// <summary>Time on a page.</summary>
    public static bool Stays(in Counters gain, ReleasePolicy policy) =>
        gain.VouchedStays >= policy.K && AreOfMany(gain.StaySeconds, gain.CappedStaySeconds, policy.MostStaySeconds, policy);

    // Of k people all but one can have stayed for no time to speak of. With three whole shares the largest part is at most
    // one share more than the capped sum, and what is left of that beside the two largest at least a quarter of it.
    private static bool AreOfMany(long seconds, long capped, int share, ReleasePolicy policy) =>
        !IsDominated(seconds, capped, policy) && capped >= (long)share * policy.LeastShares;

    /// <summary>Whether a sum is mostly that of few: over twice what it were with each visitor's share capped.</summary>
    internal static bool IsDominated(long sum, long capped, ReleasePolicy policy) => sum > capped * policy.MostOfCapped;
}
