using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.SigningOn;

/// <summary>A member of staff signing on to the dashboards, failing to, or signing off.</summary>
public sealed record StaffSignOn
{
    /// <summary>The account; <see cref="Unknown"/> where it could not be told.</summary>
    public required string User { get; init; }

    /// <summary>What happened.</summary>
    public required StaffSignOnStep Step { get; init; }

    /// <summary>The account of a sign-on whose token told none.</summary>
    public const string Unknown = "(unknown)";

    private const string Dashboards = "kp-telemetry";

    internal Draft DraftAt(DateTimeOffset at) => new(new Person(PersonClass.Staff, User), EventAt(at));

    private RecordedEvent EventAt(DateTimeOffset at) => Step switch
    {
        StaffSignOnStep.SignedOn => new SignedOn { At = at, Outcome = Outcomes.Success, Channel = Channel, Origin = Origin, Site = Dashboards },
        StaffSignOnStep.Failed => new SignOnFailed { At = at, Outcome = Outcomes.Failure, Channel = Channel, Origin = Origin, Site = Dashboards },
        StaffSignOnStep.SignedOff => new SignedOff { At = at, Outcome = Outcomes.Success, Channel = Channel, Origin = Origin, Site = Dashboards },
        StaffSignOnStep.EndedByInactivity => new SignedOff { At = at, Outcome = Outcomes.Success, Channel = Channel, Origin = Origin, Site = Dashboards, Cause = "inactivity" },
        _ => throw new InvalidOperationException("there is no such step of a sign-on"),
    };

    private const string Channel = "dashboard";
    private const string Origin = "query-api";
}

/// <summary>The steps of a session that are recorded.</summary>
public enum StaffSignOnStep
{
    SignedOn,
    Failed,
    SignedOff,

    /// <summary>Twenty minutes without activity ended the session.</summary>
    EndedByInactivity,
}
