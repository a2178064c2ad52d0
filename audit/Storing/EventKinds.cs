using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.BreakingGlass;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.DecidingGrant;
using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Audit.UsingGrant;

namespace KpTelemetry.Audit.Storing;

/// <summary>The kinds of events as stored and asked for. A name is never reused for another meaning.</summary>
public static class EventKinds
{
    private const int TokenBytes = 8;

    private static readonly KindOfEvent[] Kinds =
    [
        new("service-accessed", typeof(ServiceAccessed), FieldClass.Access),
        new("signed-on", typeof(SignedOn), FieldClass.Access),
        new("sign-on-failed", typeof(SignOnFailed), FieldClass.Access),
        new("signed-off", typeof(SignedOff), FieldClass.Access),
        new("acted-for-another", typeof(ActedForAnother), FieldClass.Access),
        new("staff-queried", typeof(StaffQueried), FieldClass.Access),
        new("record-read", typeof(RecordRead), FieldClass.Access),
        new("grant-asked", typeof(GrantAsked), FieldClass.Access),
        new("grant-given", typeof(GrantGiven), FieldClass.Access),
        new("grant-refused", typeof(GrantRefused), FieldClass.Access),
        new("grant-used", typeof(GrantUsed), FieldClass.Access),
        new("grant-ended", typeof(GrantEnded), FieldClass.Access),
        new("identified-lines-read", typeof(IdentifiedLinesRead), FieldClass.Access),
        new("break-glass-used", typeof(BreakGlassUsed), FieldClass.Access),
        new("break-glass-read", typeof(BreakGlassRead), FieldClass.Access),
        new("access-reviewed", typeof(AccessReviewed), FieldClass.Access),
        new("key-ended", typeof(KeyEnded), FieldClass.Access),
        new("policy-published", typeof(PolicyPublished), FieldClass.Access),
        new("checkpoint-signed", typeof(CheckpointSigned), FieldClass.Access),

        // Requests of subjects, holds and disclosures.
        new("subject-request-received", typeof(SubjectRequestReceived), FieldClass.Access),
        new("subject-stated", typeof(SubjectStated), FieldClass.Preference),
        new("subject-verified", typeof(SubjectVerified), FieldClass.Access),
        new("subject-not-verified", typeof(SubjectNotVerified), FieldClass.Access),
        new("subject-request-extended", typeof(SubjectRequestExtended), FieldClass.Access),
        new("subject-request-refused", typeof(SubjectRequestRefused), FieldClass.Access),
        new("subject-request-fulfilled", typeof(SubjectRequestFulfilled), FieldClass.Access),
        new("subject-data-exported", typeof(SubjectDataExported), FieldClass.Access),
        new("subject-erased", typeof(SubjectErased), FieldClass.Access),
        new("subject-restricted", typeof(SubjectRestricted), FieldClass.Preference),
        new("restriction-lifted", typeof(RestrictionLifted), FieldClass.Preference),
        new("flags-stated", typeof(FlagsStated), FieldClass.Preference),
        new("hold-placed", typeof(HoldPlaced), FieldClass.Access),
        new("hold-lifted", typeof(HoldLifted), FieldClass.Access),
        new("disclosure-made", typeof(DisclosureMade), FieldClass.Disclosure),
        new("disclosure-suspended", typeof(DisclosureSuspended), FieldClass.Disclosure),
    ];

    private static readonly Dictionary<string, KindOfEvent> ByName = Kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
    private static readonly Dictionary<Type, KindOfEvent> ByType = Kinds.ToDictionary(kind => kind.Type);

    /// <summary>A kind: its name, its event, and what its fields are kept for.</summary>
    private sealed record KindOfEvent(string Name, Type Type, FieldClass Fields);

    /// <summary>Every kind there is.</summary>
    public static IReadOnlyCollection<string> All { get; } = ByName.Keys.Order(StringComparer.Ordinal).ToArray();

    internal static string Of(RecordedEvent recorded) => ByType[recorded.GetType()].Name;

    internal static FieldClass FieldsOf(RecordedEvent recorded) => ByType[recorded.GetType()].Fields;

    internal static Type? TypeOf(string name) => ByName.GetValueOrDefault(name)?.Type;

    /// <summary>By what entries of a kind are searched: an HMAC, so that the database alone does not tell what happened.</summary>
    internal static byte[] Token(string kind, ReadOnlySpan<byte> key) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"kind:{kind}"))[..TokenBytes];
}
