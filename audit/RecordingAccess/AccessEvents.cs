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

/// <summary>
/// Somebody acted for another, or another for them, in the stream of each who is named beside whose access it was. The
/// access event itself stands there, as <see cref="NamedAs.Subject"/> says, under the same correlation.
/// </summary>
public sealed record ActedForAnother : RecordedEvent
{
    /// <summary>The site it happened on.</summary>
    public required string Site { get; init; }

    /// <summary>The kind of the access event: one of <see cref="EventKinds"/>.</summary>
    public required string Action { get; init; }

    /// <summary>As what the stream's own person is named in it: <see cref="NamedAs.Actor"/> or <see cref="NamedAs.OnBehalfOf"/>.</summary>
    public required string As { get; init; }

    /// <summary>The service used, where one was.</summary>
    public string? Service { get; init; }

    internal static ActedForAnother Of(RecordedEvent told, string role) => new()
    {
        At = told.At,
        Outcome = told.Outcome,
        Channel = told.Channel,
        Origin = told.Origin,
        Correlation = told.Correlation,
        Site = told switch { ServiceAccessed used => used.Site, SignedOn on => on.Site, SignOnFailed failed => failed.Site, SignedOff off => off.Site, _ => string.Empty },
        Action = EventKinds.Of(told),
        As = role,
        Service = (told as ServiceAccessed)?.Service,
    };
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
