using System.Security.Cryptography;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>What a member did, as a log or a portal told it.</summary>
/// <param name="Identity">What makes it the same event when it comes again.</param>
/// <param name="Told">The event as it travelled.</param>
/// <param name="Origin"><c>log</c> or <c>portal</c>.</param>
public sealed record MemberAccess(RecordIdentity Identity, AccessEvent Told, string Origin)
{
    private const int CorrelationBytes = 8;

    /// <summary>When its group was received, milliseconds of Unix time: a session waits that long for what follows it.</summary>
    public long ReceivedMs { get; init; }

    /// <summary>The import that it came with; null for what came live.</summary>
    public Guid? Import { get; init; }

    /// <summary>A line of a file that names an authenticated user.</summary>
    public static MemberAccess FromLine(Guid source, AccessEvent told) => new(RecordIdentity.Line(source, told.Position), told, "log");

    /// <summary>A line that came in no file: known by what ingest called it, or by its group and its place there.</summary>
    public static MemberAccess FromStream(string group, string id, AccessEvent told) => new(RecordIdentity.Sent(group, id), told, "log");

    /// <summary>An event that a portal's server sent under an API key.</summary>
    public static MemberAccess FromPortal(string keyId, AccessEvent told) => new(RecordIdentity.Sent(keyId, told.EventId), told, "portal");

    /// <summary>The event in the stream of whose access it was, and in that of each other who is named that they are.</summary>
    internal IEnumerable<Draft> Drafts
    {
        get
        {
            Other[] others = [.. Named(NamedAs.Actor, Told.Actor), .. Named(NamedAs.OnBehalfOf, Told.OnBehalfOf)];
            var member = new Person(PersonClass.Member, Told.Member);
            var told = EventOf(others.Length > 0 ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(CorrelationBytes)) : null);
            return [new Draft(member, told) { Others = others }, .. others.Where(other => other.Person != member).DistinctBy(other => other.Person).Select(other => InStreamOf(other, told, member, others))];
        }
    }

    private static Draft InStreamOf(Other own, RecordedEvent told, Person member, Other[] others) => new(own.Person, ActedForAnother.Of(told, own.Role))
    {
        Others = [new Other(NamedAs.Subject, member), .. others.Where(other => other.Person != own.Person && other.Person != member)],
        IsDerived = true,
    };

    private static IEnumerable<Other> Named(string role, string name) => name.Length == 0 ? [] : [new Other(role, new Person(PersonClass.Member, name))];

    /// <summary>What the end of a session that begins with it says, but for the time.</summary>
    internal SignedOff EndedByInactivity => new() { At = At, Outcome = Outcomes.Success, Channel = Channel, Origin = "processors", Site = Site, Cause = "inactivity" };

    private RecordedEvent EventOf(string? correlation) => Event with { Correlation = correlation };

    private RecordedEvent Event => Told.Action switch
    {
        "signed-on" => new SignedOn { At = At, Outcome = Outcome, Channel = Channel, Origin = Origin, Site = Site },
        "sign-on-failed" => new SignOnFailed { At = At, Outcome = Outcomes.Failure, Channel = Channel, Origin = Origin, Site = Site },
        "signed-off" => new SignedOff { At = At, Outcome = Outcome, Channel = Channel, Origin = Origin, Site = Site },
        // Whatever else a signed-on member does is the use of a service; an unknown action must not be lost.
        _ => new ServiceAccessed { At = At, Outcome = Outcome, Channel = Channel, Origin = Origin, Site = Site, Service = Told.Service.Length == 0 ? null : Told.Service },
    };

    private DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(Told.AtMs);
    private string Outcome => Told.Outcome.Length == 0 ? Outcomes.Success : Told.Outcome;
    private string Channel => Told.Channel.Length == 0 ? "web" : Told.Channel;
    private string Site => Told.Site?.Name ?? string.Empty;
}
