using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>A read by a member of staff that is about to be answered, or refused.</summary>
public sealed record StaffRead
{
    /// <summary>The name of the account.</summary>
    public required string User { get; init; }

    /// <summary>The role: analyst, marketing, security, privacy, admin; empty when the account has none.</summary>
    public required string Role { get; init; }

    /// <summary>What is read: the route as it is written, such as <c>/api/v1/query</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>What exactly is asked for: the query, filters, times. Stored sealed; at most 4,096 characters are kept.</summary>
    public string? Query { get; init; }

    /// <summary>A purpose-of-use code, where one was given.</summary>
    public string? Purpose { get; init; }

    /// <summary>A case number, where one was given. Stored sealed.</summary>
    public string? Case { get; init; }

    /// <summary>Whether it is answered; else it is refused.</summary>
    public bool Allowed { get; init; } = true;

    /// <summary><c>api</c> or <c>dashboard</c>.</summary>
    public string Channel { get; init; } = "api";

    /// <summary>The id of the request's trace.</summary>
    public required string Correlation { get; init; }

    /// <summary>The member it is about, by name; null where it is about no single one. Sealed under the member's own keys.</summary>
    public string? Subject { get; init; }

    /// <summary>The stream of the member it is about, where the record has no name of theirs that opens.</summary>
    public Guid? Handle { get; init; }

    /// <summary>Whether it shows what the record holds of <see cref="Subject"/>: then the member's own stream tells that somebody looked.</summary>
    public bool ShowsRecord { get; init; }

    /// <summary>The entry about the read, and the one in the stream of the member who was looked at.</summary>
    internal IReadOnlyList<Draft> DraftsAt(DateTimeOffset at) =>
        Subject is { } member && Allowed && ShowsRecord ? [DraftAt(at), LookAt(member, at)] : [DraftAt(at)];

    private Draft LookAt(string member, DateTimeOffset at) => new(
        new Person(PersonClass.Member, member),
        new RecordRead
        {
            At = at,
            Outcome = Outcomes.Success,
            Channel = Channel,
            Origin = "query-api",
            Resource = Resource,
            Role = Role,
            Purpose = Purpose,
            Case = Cut(Case),
            Correlation = Correlation,
        })
    {
        Others = [new Other(NamedAs.Actor, new Person(PersonClass.Staff, User))],
    };

    private Draft DraftAt(DateTimeOffset at) => new(
        new Person(PersonClass.Staff, User),
        new StaffQueried
        {
            At = at,
            Outcome = Allowed ? Outcomes.Success : Outcomes.Refused,
            Channel = Channel,
            Origin = "query-api",
            Resource = Resource,
            Role = Role,
            Purpose = Purpose,
            Query = Cut(Query),
            Case = Cut(Case),
            Correlation = Correlation,
        })
    {
        Others = Subject is { } member ? [new Other(NamedAs.Subject, new Person(PersonClass.Member, member))] : [],
    };

    private const int Kept = 4096;

    private static string? Cut(string? text) => text is { Length: > Kept } ? text[..Kept] : text;
}
