using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.AskingGrant;

/// <summary>A grant to read identified log lines was asked for. The member whom it is about is the entry's subject.</summary>
public sealed record GrantAsked : ActOfStaff
{
    /// <summary>The site; null for every one.</summary>
    public string? Site { get; init; }

    /// <summary>First event time, included.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Last event time, excluded.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>How many lines.</summary>
    public required int Lines { get; init; }

    /// <summary>For how many hours from when it is given.</summary>
    public required int Hours { get; init; }
}

/// <summary>Somebody broke the glass: gave themselves a grant at once. It stays an open case until another person has reviewed it.</summary>
public sealed record BreakGlassUsed : ActOfStaff
{
    /// <summary>When the grant ends.</summary>
    public required DateTimeOffset Ends { get; init; }

    /// <summary>Until when it is to be reviewed.</summary>
    public required DateTimeOffset ReviewBy { get; init; }
}
