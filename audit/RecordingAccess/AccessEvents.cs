using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>A signed-on member used a service of a site.</summary>
public sealed record ServiceAccessed : RecordedEvent
{
    /// <summary>The site it happened on.</summary>
    public required string Site { get; init; }

    /// <summary>The service used: a path as the door leaves it. What someone uses tells of their health.</summary>
    public string? Service { get; init; }
}

/// <summary>A member or a member of staff signed on.</summary>
public sealed record SignedOn : RecordedEvent
{
    /// <summary>The site; <c>kp-telemetry</c> for its own dashboards.</summary>
    public required string Site { get; init; }
}

/// <summary>A sign-on did not succeed.</summary>
public sealed record SignOnFailed : RecordedEvent
{
    /// <summary>The site; <c>kp-telemetry</c> for its own dashboards.</summary>
    public required string Site { get; init; }
}

/// <summary>A member or a member of staff signed off, or was signed off after inactivity.</summary>
public sealed record SignedOff : RecordedEvent
{
    /// <summary>The site; <c>kp-telemetry</c> for its own dashboards.</summary>
    public required string Site { get; init; }

    /// <summary>Why: <c>asked</c>, <c>inactivity</c>.</summary>
    public string Cause { get; init; } = "asked";
}
