namespace KpTelemetry.Schemas.Policies;

/// <summary>Everything that a policy says, and per key which way is stricter: the one table that decides what is applied backwards.</summary>
public static class PolicyKeys
{
    /// <summary>What <see cref="DoNotTrack"/> and <see cref="GlobalPrivacyControl"/> have in common: the signal changes nothing.</summary>
    public const int Ignore = 0;

    /// <summary><see cref="DoNotTrack"/>: an event with the signal is dropped as opted out.</summary>
    public const int Honour = 1;

    /// <summary><see cref="GlobalPrivacyControl"/>: the signal is an opt-out of re-targeting.</summary>
    public const int Retargeting = 1;

    /// <summary><see cref="GlobalPrivacyControl"/>: the signal is an opt-out of measurement too.</summary>
    public const int Measurement = 2;

    // Shares are remembered per visitor and cell, in sixteen bits each.
    private const int LargestShare = ushort.MaxValue;

    public static readonly PolicyKey NoticeDays = new("noticeDays", 1, 365, Stricter.More, "days of notice before a revision takes effect");

    public static readonly PolicyKey K = new("k", 5, 10_000, Stricter.More, "smallest number of visitors that a published figure may concern",
        "what is not published yet needs the larger number; what is published stays");

    public static readonly PolicyKey LatenessMinutes = new("latenessMinutes", 1, 2880, Stricter.Neither, "minutes for which a site's day waits after its end for late events");

    public static readonly PolicyKey VisitGapMinutes = new("visitGapMinutes", 1, 1440, Stricter.Neither, "minutes without a page view after which a visit is over");

    public static readonly PolicyKey MostRequests = new("mostRequests", 1, LargestShare, Stricter.Less, "requests that one visitor adds at most to a capped sum");

    public static readonly PolicyKey MostPageViews = new("mostPageViews", 1, LargestShare, Stricter.Less, "page views that one visitor adds at most to a capped sum");

    public static readonly PolicyKey MostVisitSeconds = new("mostVisitSeconds", 1, LargestShare, Stricter.Less, "seconds of visits that one visitor adds at most to a capped sum");

    public static readonly PolicyKey MostPageSeconds = new("mostPageSeconds", 1, LargestShare, Stricter.Less, "seconds on a page that one visitor adds at most to a capped sum");

    public static readonly PolicyKey StateHours = new("stateHours", 1, 168, Stricter.Less, "hours for which the state of a site's day outlives its close");

    public static readonly PolicyKey RawDays = new("rawDays", 1, 400, Stricter.Less, "days for which sealed events are kept after the day of their receipt",
        "keys of days that are past the shorter time end at the next look, and what they sealed is deleted");

    public static readonly PolicyKey StateKeyUseDays = new("stateKeyUseDays", 1, 30, Stricter.Less, "days for which a file that is being sent keeps its key of state",
        "keys of state of days that are past the shorter time end at the next look");

    public static readonly PolicyKey PendingHours = new("pendingHours", 1, 720, Stricter.Less, "hours for which counts that are not published outlive the close of their days",
        "pending counts of days that are past the shorter time are dropped, and the keys of their labels end, at the next look");

    public static readonly PolicyKey KeyEncryptionKeyDays = new("keyEncryptionKeyDays", 1, 90, Stricter.Less, "days after which the key-encryption key is rotated",
        "a key-encryption key that is older is rotated at the next look");

    // The law's accounting reaches back six years (45 CFR 164.528(a)(1)): no policy goes below.
    public static readonly PolicyKey AccessRecordYears = new("accessRecordYears", 6, 100, Stricter.Less, "years for which the access record opens after the year of recording",
        "keys of years that are past the shorter time end at the next look");

    public static readonly PolicyKey AheadHours = new("aheadHours", 1, 48, Stricter.Less, "hours that an event's time may be ahead of its receipt");

    public static readonly PolicyKey LiveAgeDays = new("liveAgeDays", 1, 36_500, Stricter.Less, "days that an event's time may be behind its receipt where no file is named");

    public static readonly PolicyKey ImportAgeDays = new("importAgeDays", 1, 36_500, Stricter.Less, "days that an event's time may be behind its receipt in a file");

    public static readonly PolicyKey DoNotTrack = new("doNotTrack", Ignore, Honour, Stricter.More, "what the browser's do-not-track signal does", Words: ["ignore", "honour"]);

    public static readonly PolicyKey GlobalPrivacyControl = new("globalPrivacyControl", Ignore, Measurement, Stricter.More, "what Global Privacy Control opts a visitor out of",
        Words: ["ignore", "re-targeting", "measurement"]);

    /// <summary>Every key, in the order in which they are shown.</summary>
    public static IReadOnlyList<PolicyKey> All { get; } =
    [
        NoticeDays, K, LatenessMinutes, VisitGapMinutes, MostRequests, MostPageViews, MostVisitSeconds, MostPageSeconds, StateHours, RawDays,
        StateKeyUseDays, PendingHours, KeyEncryptionKeyDays, AccessRecordYears, AheadHours, LiveAgeDays, ImportAgeDays, DoNotTrack, GlobalPrivacyControl,
    ];
}
