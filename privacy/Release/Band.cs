namespace KpTelemetry.Privacy.Release;

/// <summary>How much of a table's day is withheld. Only the band is told: an exact share would tell the withheld figure.</summary>
public enum Band
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Less than a hundredth.</summary>
    UnderOnePercent = 1,
    /// <summary>Less than a twentieth.</summary>
    UnderFivePercent = 2,
    /// <summary>A twentieth or more, up to everything.</summary>
    More = 3,
}

/// <summary>Bands from figures, and as answers show them.</summary>
public static class Bands
{
    /// <summary>
    /// The band of what is withheld beside what is released. <paramref name="anything"/> says whether cells are withheld
    /// at all, since they may hold neither a visitor nor a page view. A figure below k is told as k: beside a small
    /// released figure a band would else leave one number for it.
    /// </summary>
    public static Band Of(bool anything, long withheld, long released, ReleasePolicy policy) => (anything, withheld, Math.Max(withheld, policy.K)) switch
    {
        (false, _, _) => Band.None,
        (_, 0, _) => Band.UnderOnePercent,
        var (_, _, atLeast) when atLeast * 100 < atLeast + released => Band.UnderOnePercent,
        var (_, _, atLeast) when atLeast * 20 < atLeast + released => Band.UnderFivePercent,
        _ => Band.More,
    };

    /// <summary>The words of the contract.</summary>
    public static string Text(this Band band) => band switch
    {
        Band.None => "none",
        Band.UnderOnePercent => "under 1 %",
        Band.UnderFivePercent => "under 5 %",
        _ => "more",
    };
}
