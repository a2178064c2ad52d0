using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>Where a request stands.</summary>
public enum Standing
{
    /// <summary>Filed; who asks is not verified.</summary>
    Received,
    Verified,
    Refused,
    Fulfilled,
}

/// <summary>Something that happened in a request.</summary>
/// <param name="Index">Its entry in the record.</param>
/// <param name="At">When.</param>
/// <param name="Kind">One of <see cref="EventKinds"/>.</param>
/// <param name="By">The account that did it; null once its key has ended.</param>
/// <param name="Said">What was written with it: a method, a reason, what was done.</param>
/// <param name="Proves">Whether it is what was asked for, or a part of it.</param>
public sealed record RequestStep(long Index, DateTimeOffset At, string Kind, string? By, string? Said, bool Proves);

/// <summary>A request of a subject, folded from its own sealed entries: no table says what it is or how far.</summary>
public sealed record SubjectRequest
{
    public required Guid Id { get; init; }

    /// <summary>What is asked: one of <see cref="RequestKinds"/>.</summary>
    public required string Asked { get; init; }

    /// <summary>One of <see cref="HandlingRequests.KnownBy"/>.</summary>
    public required string KnownBy { get; init; }

    /// <summary>Whose it is; null once their key has ended.</summary>
    public required Person? Subject { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The last day (UTC) on which an answer is in time.</summary>
    public required DateOnly DueOn { get; init; }

    public Standing Standing { get; init; }
    public bool IsExtended { get; init; }

    /// <summary>Whether a restriction that was agreed here is in force.</summary>
    public bool IsRestricting { get; init; }

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<RequestStep> Steps { get; init; } = [];

    public bool IsOpen => Standing is Standing.Received or Standing.Verified;

    public bool IsOverdue(DateTimeOffset now) => IsOpen && DateOnly.FromDateTime(now.UtcDateTime) > DueOn;

    /// <summary>The entries that prove what was done for the subject.</summary>
    public IReadOnlyList<long> Proof => [.. Steps.Where(step => step.Proves).Select(step => step.Index)];

    private const string CaseName = "request:";

    /// <summary>The stream's owner.</summary>
    internal static Person CaseOf(Guid id) => new(PersonClass.Case, $"{CaseName}{id:N}");

    /// <summary>The request whose stream's owner has that name; null where it is none's.</summary>
    internal static Guid? IdOf(string? name) => name?.StartsWith(CaseName, StringComparison.Ordinal) == true && Guid.TryParseExact(name[CaseName.Length..], "N", out var id) ? id : null;

    /// <summary>The request that these entries tell; null where they tell none, or open no more.</summary>
    internal static SubjectRequest? Fold(Guid id, IEnumerable<StreamEntry> entries) => entries.Aggregate((SubjectRequest?)null, (request, entry) => entry.Opened is null ? request : request.With(id, entry.Index, entry.Opened));

    /// <summary>Tells no name.</summary>
    public override string ToString() => $"{Asked} {Id}";
}

internal static class RequestFold
{
    /// <summary>The request after one more event.</summary>
    public static SubjectRequest? With(this SubjectRequest? request, Guid id, long index, OpenedEntry told)
    {
        var after = told.Event is SubjectRequestReceived received ? Begin(id, received, told.Others.GetValueOrDefault(NamedAs.Subject)) : request is null ? null : After(request, told.Event);
        var step = new RequestStep(index, told.Event.At, EventKinds.Of(told.Event), told.Others.GetValueOrDefault(NamedAs.Actor), SaidIn(told.Event), told.Event is SubjectDataExported or SubjectErased or SubjectRestricted);
        return after is null ? null : after with { Steps = [.. after.Steps, step] };
    }

    private static SubjectRequest Begin(Guid id, SubjectRequestReceived received, string? subject) => new()
    {
        Id = id,
        Asked = received.Asked,
        KnownBy = received.KnownBy,
        Subject = subject is null ? null : KnownBy.OfName(received.KnownBy, subject),
        ReceivedAt = received.At,
        DueOn = received.DueOn,
    };

    private static SubjectRequest After(SubjectRequest request, RecordedEvent told) => told switch
    {
        SubjectVerified => request with { Standing = Standing.Verified },
        SubjectRequestExtended extended => request with { DueOn = extended.DueOn, IsExtended = true },
        SubjectRequestRefused => request with { Standing = Standing.Refused },
        SubjectRequestFulfilled => request with { Standing = Standing.Fulfilled },
        SubjectRestricted => request with { IsRestricting = true },
        RestrictionLifted or SubjectErased => request with { IsRestricting = false },
        _ => request,
    };

    private static string? SaidIn(RecordedEvent told) => told switch
    {
        SubjectRequestReceived received => received.By,
        SubjectVerified verified => verified.Method,
        SubjectNotVerified failed => failed.Method,
        SubjectRequestExtended extended => extended.Reason,
        SubjectRequestRefused refused => refused.Reason,
        SubjectRequestFulfilled fulfilled => fulfilled.Done,
        SubjectDataExported exported => exported.Recipient,
        RestrictionLifted lifted => lifted.Reason,
        SubjectRestricted restricted => restricted.Limits,
        _ => null,
    };
}
