using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.UsingGrant;

/// <summary>Lines were about to be read under a grant.</summary>
public sealed record GrantUsed : ActOfStaff
{
    /// <summary>How many; may be none.</summary>
    public required int Lines { get; init; }
}

/// <summary>Log lines of this member were about to be read under a grant, with the member in clear. In the member's own stream.</summary>
public sealed record IdentifiedLinesRead : ActOfStaff
{
    /// <summary>The grant.</summary>
    public required string Grant { get; init; }

    /// <summary>How many lines of this member.</summary>
    public required int Lines { get; init; }
}
