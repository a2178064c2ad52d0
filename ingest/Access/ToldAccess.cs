using System.Globalization;
using System.Text;
using System.Text.Json;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Access;

/// <summary>What a portal's server tells of a member, before the door. Members of the object that are none of these are not read.</summary>
/// <param name="EventId">What the sender calls it, 1 to 128 characters: told again under the same key, it is the same event.</param>
/// <param name="At">When it happened: RFC 3339 with its offset.</param>
/// <param name="Member">Whose access it is, 1 to 256 characters without blanks around them, as the log's user field and <c>/v1/members/flags</c> have it.</param>
/// <param name="Actor">Who acted, where it was not the member.</param>
/// <param name="OnBehalfOf">For whom it was done, where it was not the member.</param>
/// <param name="Action"><c>signed-on</c>, <c>sign-on-failed</c>, <c>service-accessed</c> or <c>signed-off</c>.</param>
/// <param name="Service">What was used: a path. Read of a <c>service-accessed</c> only.</param>
/// <param name="Channel"><c>web</c>, <c>mobile-web</c>, <c>ios</c>, <c>android</c> or <c>api</c>.</param>
/// <param name="Outcome"><c>success</c>, <c>failure</c> or <c>refused</c>.</param>
internal sealed record ToldAccess(string? EventId, string? At, string? Member, string? Actor, string? OnBehalfOf, string? Action, string? Service, string? Channel, string? Outcome)
{
    private const int LongestEventId = 128;
    private const int LongestMember = 256;
    // A field that is there twice, in whatever letters, says two things: of whom, it depends on who reads it.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { AllowDuplicateProperties = false };

    private const string ServiceAccessed = "service-accessed", SignOnFailed = "sign-on-failed";

    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];
    private static readonly string[] Actions = ["signed-on", SignOnFailed, ServiceAccessed, "signed-off"];
    private static readonly string[] Channels = ["web", "mobile-web", "ios", "android", "api"];
    private static readonly string[] Outcomes = ["success", "failure", "refused"];

    /// <summary>Reads one element of the body; null where it is no object of these.</summary>
    public static ToldAccess? Read(JsonElement element)
    {
        try
        {
            return element.Deserialize<ToldAccess>(Json);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // Another type than text, or escapes and bytes that are no text.
            return null;
        }
    }

    /// <summary>Why it cannot be used, but for its time; <see cref="Reason.None"/> where it can.</summary>
    public Reason Problem() => this switch
    {
        _ when new[] { EventId, At, Member, Action, Channel, Outcome }.Any(string.IsNullOrEmpty) || (Action == ServiceAccessed && string.IsNullOrEmpty(Service)) => Reason.MissingField,
        _ when new[] { EventId, Member, Actor, OnBehalfOf }.Any(HasControl) => Reason.BinaryData,
        _ when TimeMs() is null => Reason.BadTime,
        _ when EventId!.Length > LongestEventId || new[] { Member, Actor, OnBehalfOf }.Any(name => name?.Length > LongestMember || name?.Trim().Length < name?.Length) => Reason.BadField,
        _ when !Actions.Contains(Action) || !Channels.Contains(Channel) || !Outcomes.Contains(Outcome) || (Action == SignOnFailed && Outcome == Outcomes[0]) => Reason.BadField,
        _ when Action == ServiceAccessed && MinimisedService().Length == 0 => Reason.BadField,
        _ => Reason.None,
    };

    /// <summary>When it happened, milliseconds of Unix time; null where that cannot be read.</summary>
    public long? TimeMs() =>
        DateTimeOffset.TryParseExact(At, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUnixTimeMilliseconds() : null;

    /// <summary>The event as it travels, where there is no <see cref="Problem"/>.</summary>
    public AccessEvent EventOf(SiteStamp site, string sender) => new()
    {
        Site = site,
        Sender = sender,
        EventId = EventId,
        AtMs = TimeMs()!.Value,
        Member = Member,
        Actor = Another(Actor),
        OnBehalfOf = Another(OnBehalfOf),
        Action = Action,
        Service = Action == ServiceAccessed ? MinimisedService() : "",
        Channel = Channel,
        Outcome = Outcome,
    };

    // Who acts for themselves is named once.
    private string Another(string? name) => name is null || name == Member ? "" : name;

    private string MinimisedService()
    {
        var removed = Removed.Nothing;
        Span<byte> destination = stackalloc byte[MinimiseText.Room];
        return Encoding.UTF8.GetString(destination[..MinimisePath.Target(Encoding.UTF8.GetBytes(Service ?? ""), destination, ref removed)]);
    }

    private static bool HasControl(string? text) => text?.Any(char.IsControl) ?? false;

    /// <summary>Tells no name.</summary>
    public override string ToString() => nameof(ToldAccess);
}
