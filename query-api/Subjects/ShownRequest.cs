using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.PlacingHolds;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>What happened in a request.</summary>
/// <param name="Entry">Its index in the record's tree: what an inclusion proof is asked for.</param>
public sealed record ShownStep(long Entry, DateTimeOffset At, string Kind, string? By, string? Said);

/// <summary>A request as it is shown.</summary>
/// <param name="Subject">Whose it is; only where one request is asked for.</param>
/// <param name="Proof">The entries that prove what was done.</param>
public sealed record ShownRequest(
    Guid Id, string Kind, string KnownBy, string? Subject, string Standing, DateTimeOffset ReceivedAt, DateOnly DueOn, bool Overdue, bool Extended, bool Restricting, IReadOnlyList<ShownStep> Steps, IReadOnlyList<long> Proof)
{
    /// <summary>Without the subject.</summary>
    public static ShownRequest Of(SubjectRequest request, DateTimeOffset now) => new(
        request.Id, request.Asked, request.KnownBy, null, request.Standing.ToString().ToLowerInvariant(), request.ReceivedAt, request.DueOn, request.IsOverdue(now), request.IsExtended, request.IsRestricting,
        [.. request.Steps.Select(step => new ShownStep(step.Index, step.At, step.Kind, step.By, step.Said))], request.Proof);

    /// <summary>Tells no name.</summary>
    public override string ToString() => Id.ToString();
}

/// <summary>A page of requests, the first to be due first.</summary>
/// <param name="Next">The <c>after</c> of the next page; null on the last.</param>
public sealed record ShownRequests(IReadOnlyList<ShownRequest> Requests, Guid? Next);

/// <summary>A hold as it is shown.</summary>
/// <param name="KnownBy">By what the person is known whom it is on; null where it is on nobody.</param>
public sealed record ShownHold(Guid Id, string Covers, DateOnly? From, DateOnly? To, string Ground, string Reason, string? KnownBy, string? Subject, DateTimeOffset PlacedAt, string? PlacedBy, DateTimeOffset? LiftedAt)
{
    public static ShownHold Of(LegalHold hold) => new(
        hold.Id, hold.Covers, hold.From, hold.To, hold.Ground, hold.Reason, hold.KnownBy, hold.Subject is { } person ? Audit.HandlingRequests.KnownBy.ValueOf(person) : null, hold.PlacedAt, hold.PlacedBy, hold.LiftedAt);

    /// <summary>Tells no name.</summary>
    public override string ToString() => Id.ToString();
}
