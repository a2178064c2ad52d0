using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.DecidingGrant;

/// <summary>A grant was given by another person than asked for it.</summary>
public sealed record GrantGiven : ActOfStaff
{
    /// <summary>When it ends by time.</summary>
    public required DateTimeOffset Ends { get; init; }
}

/// <summary>A grant was refused.</summary>
public sealed record GrantRefused : ActOfStaff
{
    /// <summary>Why, where it was said.</summary>
    public string? Why { get; init; }
}
