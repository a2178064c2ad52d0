using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.BreakingGlass;

/// <summary>
/// Somebody broke the glass to look at what the record holds of a member, who is the entry's subject where the record knows
/// a name. In the stream of the case that it makes or joins, which stays open until another person has reviewed it.
/// </summary>
public sealed record BreakGlassRead : ActOfStaff
{
    /// <summary>The role it was read in.</summary>
    public required string Role { get; init; }

    /// <summary>What was read: an endpoint, as its route is written, without values.</summary>
    public required string Resource { get; init; }

    /// <summary>Until when it is to be reviewed.</summary>
    public required DateTimeOffset ReviewBy { get; init; }
}
