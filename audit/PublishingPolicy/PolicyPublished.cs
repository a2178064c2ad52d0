using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.PublishingPolicy;

/// <summary>A revision of the privacy policy was published: from its effective date on it governs (docs/POLICY.md).</summary>
public sealed record PolicyPublished : RecordedEvent
{
    /// <summary>Its name: its date of effect.</summary>
    public required string Revision { get; init; }

    /// <summary>The day from which notice of it is given.</summary>
    public required DateOnly NoticeFrom { get; init; }

    /// <summary>The day from whose start on (UTC) it is in force.</summary>
    public required DateOnly EffectiveFrom { get; init; }

    /// <summary>SHA-256 of the document, lower-case hex.</summary>
    public required string Digest { get; init; }
}
