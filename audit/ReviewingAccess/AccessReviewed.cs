using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ReviewingAccess;

/// <summary>A use of break-glass was reviewed by another person, which closes its case.</summary>
public sealed record AccessReviewed : ActOfStaff
{
    /// <summary>One of <see cref="ReviewAccess.Verdicts"/>.</summary>
    public required string Verdict { get; init; }

    /// <summary>Why, in words.</summary>
    public string? Why { get; init; }
}
