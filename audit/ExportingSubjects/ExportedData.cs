using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ExportingSubjects;

/// <summary>What a person did, or somebody for them.</summary>
/// <param name="What">One of <see cref="EventKinds"/>.</param>
/// <param name="Actor">Who did it, where it was another member.</param>
public sealed record ExportedAccess(DateTimeOffset At, string What, string Outcome, string Channel, string Site, string? Service, string? Actor, string? OnBehalfOf);

/// <summary>What a person chose or told.</summary>
public sealed record ExportedPreference(DateTimeOffset At, string What, string Text);

/// <summary>A person's own record (P11) and the accounting of disclosures (P13).</summary>
/// <param name="Subject">The member's id, mail address or cookie.</param>
/// <param name="Disclosures">From the start, on every page; without those of which the accounting is suspended.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record ExportedData(
    Guid Request, DateTimeOffset AsOf, string KnownBy, string Subject, IReadOnlyList<ExportedAccess> Access, IReadOnlyList<ExportedPreference> Preferences, IReadOnlyList<AccountedDisclosure> Disclosures, long? Next)
{
    /// <summary>Of what the person's own stream holds, what is theirs to have. Pure.</summary>
    internal static ExportedData Of(SubjectRequest request, Person subject, IReadOnlyList<StreamEntry> page, IReadOnlyList<StreamEntry> disclosures, long? next, DateTimeOffset now)
    {
        var all = request.Asked == RequestKinds.Access;
        return new(
            request.Id, now, request.KnownBy, HandlingRequests.KnownBy.ValueOf(subject),
            all ? [.. page.Select(entry => AccessIn(entry.Opened)).OfType<ExportedAccess>()] : [],
            all ? [.. page.Select(entry => PreferenceIn(entry.Opened?.Event)).OfType<ExportedPreference>()] : [],
            Accounting.Of(disclosures.Select(entry => entry.Opened?.Event).OfType<RecordedEvent>(), now),
            all ? next : null);
    }

    private static ExportedAccess? AccessIn(OpenedEntry? opened) => opened?.Event switch
    {
        ServiceAccessed accessed => Told(opened, accessed.Site, accessed.Service),
        SignedOn signedOn => Told(opened, signedOn.Site, null),
        SignOnFailed failed => Told(opened, failed.Site, null),
        SignedOff ended => Told(opened, ended.Site, null),
        ActedForAnother acted => Told(opened, acted.Site, acted.Service),
        _ => null,
    };

    private static ExportedAccess Told(OpenedEntry opened, string site, string? service) => new(
        opened.Event.At, EventKinds.Of(opened.Event), opened.Event.Outcome, opened.Event.Channel, site, service,
        opened.Others.GetValueOrDefault(NamedAs.Actor), opened.Others.GetValueOrDefault(NamedAs.OnBehalfOf));

    private static ExportedPreference? PreferenceIn(RecordedEvent? told) => told switch
    {
        SubjectStated stated => new(stated.At, EventKinds.Of(stated), stated.Text),
        SubjectRestricted restricted => new(restricted.At, EventKinds.Of(restricted), restricted.Limits),
        FlagsStated stated => new(stated.At, EventKinds.Of(stated), string.Join(", ", stated.Flags)),
        RestrictionLifted lifted => new(lifted.At, EventKinds.Of(lifted), lifted.Reason),
        _ => null,
    };

    /// <summary>Tells no name.</summary>
    public override string ToString() => $"export {Request}";
}
