using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.RestrictingSubjects;

/// <summary>Agrees to restrictions and lifts them (P15): the entry and what the door reads, both or neither.</summary>
public sealed class SubjectRestrictions(RecordStore store, TimeProvider time)
{
    private readonly RequestWork _work = new(store, time);

    /// <summary>Restricts: the member's telemetry is dropped at the door from now on.</summary>
    public Task<RequestOutcome> RestrictAsync(Guid id, string limits, Acting acting, CancellationToken cancellation) => SetAsync(id, RequestCommand.Restrict, restricted: true, acting, turn =>
        new SubjectRestricted { At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Limits = limits }, cancellation);

    /// <summary>Lifts the restriction that was agreed in a request.</summary>
    public Task<RequestOutcome> LiftAsync(Guid id, string reason, Acting acting, CancellationToken cancellation) => SetAsync(id, RequestCommand.Lift, restricted: false, acting, turn =>
        new RestrictionLifted { At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Reason = reason }, cancellation);

    private Task<RequestOutcome> SetAsync(Guid id, RequestCommand command, bool restricted, Acting acting, Func<RequestTurn, RecordedEvent> tell, CancellationToken cancellation) => _work.DoAsync(
        id, command, acting,
        async (turn, ending) =>
        {
            await AgreedFlags.SetAsync(turn.Transaction, store.Keys, turn.Subject, restricted, turn.Now, ending);
            turn.OnCase(tell(turn));
            turn.OnSubject(tell(turn));
            return null;
        },
        cancellation);
}
