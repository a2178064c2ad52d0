namespace KpTelemetry.Audit.Storing;

/// <summary>
/// What every event of the record says (FHIR AuditEvent, IHE BALP: recorded, outcome, purposeOfEvent, source). Stored sealed.
/// Who it is about and who else is named stands beside it: <see cref="Draft"/>.
/// </summary>
public abstract record RecordedEvent
{
    /// <summary>When it happened, to the millisecond, UTC. The database adds its own time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How it ended; success and failure have different codes. See <see cref="Outcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>How it came about: <c>web</c>, <c>mobile-web</c>, <c>ios</c>, <c>android</c>, <c>api</c>, <c>dashboard</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Who told: <c>log</c>, <c>portal</c>, <c>query-api</c>, <c>processors</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Why, where it was given: a purpose-of-use code.</summary>
    public string? Purpose { get; init; }

    /// <summary>The case it belongs to.</summary>
    public string? Case { get; init; }

    /// <summary>Ties the entry to the request's trace, and entries of one act to one another.</summary>
    public string? Correlation { get; init; }
}

/// <summary>How something recorded ended.</summary>
public static class Outcomes
{
    public const string Success = "success";
    public const string Failure = "failure";

    /// <summary>Not allowed, and therefore not done.</summary>
    public const string Refused = "refused";
}
