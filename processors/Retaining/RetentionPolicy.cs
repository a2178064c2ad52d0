namespace KpTelemetry.Processors.Retaining;

/// <summary>How long things are kept, in log time. Shorter is stricter.</summary>
public sealed record RetentionPolicy
{
    /// <summary>Raw telemetry (sealed groups, and lines that could not be used) after the UTC day of its receipt. Default 14 days.</summary>
    public TimeSpan Raw { get; init; } = TimeSpan.FromDays(14);

    /// <summary>For how many days after its own a state key may be named by groups: a file keeps one while it is sent. Default 7 days.</summary>
    public TimeSpan StateKeyUse { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long after its end a site's day waits for late events before it closes. Default 2 hours.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Pending cells after the close of the days that they are of. Default 48 hours.</summary>
    public TimeSpan Pending { get; init; } = TimeSpan.FromHours(48);

    /// <summary>The age at which the key-encryption key is rotated; by the clock. Default 7 days.</summary>
    public TimeSpan Rotation { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The revision of the privacy policy that says so, by its date.</summary>
    public string Revision { get; init; } = "20170913";
}
