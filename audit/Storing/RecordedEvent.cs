using KpTelemetry.Audit.People;

namespace KpTelemetry.Audit.Storing;

/// <summary>
/// What every event of the record has. In clear is what says nothing about who; the database adds its own time.
/// </summary>
public abstract record RecordedEvent
{
    /// <summary>When it happened, to the millisecond, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How it ended; success and failure have different codes. See <see cref="Outcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>How it came about: <c>web</c>, <c>mobile-web</c>, <c>ios</c>, <c>android</c>, <c>api</c>, <c>dashboard</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Who told: <c>log</c>, <c>portal</c>, <c>query-api</c>, <c>processors</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Who and what exactly, sealed. Set when it is appended.</summary>
    public SealedPeople People { get; init; } = new(string.Empty, []);
}

/// <summary>How something recorded ended.</summary>
public static class Outcomes
{
    public const string Success = "success";
    public const string Failure = "failure";

    /// <summary>Not allowed, and therefore not done.</summary>
    public const string Refused = "refused";
}
