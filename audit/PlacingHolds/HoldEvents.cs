using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.PlacingHolds;

/// <summary>A legal hold was placed: what it covers does not end and is not erased. Whom it is on, if anybody, stands beside it.</summary>
public sealed record HoldPlaced : ActOfStaff
{
    /// <summary>One of <see cref="HoldScope.Covered"/>.</summary>
    public required string Covers { get; init; }

    /// <summary>The first day it covers; null for all from the start.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day it covers; null for all from the first on.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Why: a word of <see cref="HoldScope.Grounds"/>.</summary>
    public required string Ground { get; init; }

    /// <summary>The matter, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>By what the person is known whom it is on; null where it is on nobody.</summary>
    public string? KnownBy { get; init; }
}

/// <summary>A legal hold was lifted.</summary>
public sealed record HoldLifted : ActOfStaff
{
    public required string Reason { get; init; }
}
