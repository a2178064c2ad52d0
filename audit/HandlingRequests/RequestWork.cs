using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>What came of a command.</summary>
/// <param name="Request">The request after it; null where there is none of that id.</param>
/// <param name="Refusal">Why nothing was done, in words; null where it was done.</param>
public sealed record RequestOutcome(SubjectRequest? Request, string? Refusal);

/// <summary>A command while it is under way: whatever it appends is committed with it, or nothing is.</summary>
internal sealed record RequestTurn(NpgsqlTransaction Transaction, SubjectRequest Request, Person Subject, Acting Acting, DateTimeOffset Now)
{
    public List<Draft> Drafts { get; } = [];

    /// <summary>Appends to the case's stream.</summary>
    public void OnCase(RecordedEvent told) => Drafts.Add(RequestWork.OnCase(Request.Id, told, Subject, Acting));

    /// <summary>Appends to the subject's stream.</summary>
    public void OnSubject(RecordedEvent told) => Drafts.Add(new Draft(Subject, RequestWork.OfRequest(told, Request.Id, Acting)) { Others = [new Other(NamedAs.Actor, Acting.Person)] });
}

/// <summary>
/// One command in one request at a time: the row's lock is taken first, the request is folded from its entries under it,
/// and the decision is made on that, so that of two commands the second sees what the first has done.
/// </summary>
internal sealed class RequestWork(RecordStore store, TimeProvider time)
{
    /// <summary>How long a command may take: reading, and an erasure that writes a segment of the vault anew.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private const string Purpose = "subject-request";

    private readonly RecordStreams _streams = new(store);
    private readonly RequestList _list = new(store);

    public RecordTransaction Transactions { get; } = new(store, time, Deadline);

    public DateTimeOffset Now => time.GetRecordNow();

    /// <summary>Does what <paramref name="act"/> does where the request stands so that it may; <paramref name="act"/> may refuse too.</summary>
    public Task<RequestOutcome> DoAsync(Guid id, RequestCommand command, Acting acting, Func<RequestTurn, CancellationToken, Task<string?>> act, CancellationToken cancellation) => Transactions.CommitAsync(
        async (transaction, ending) =>
        {
            if (!await RequestList.LockAsync(transaction, id, ending) || await FindAsync(transaction.Connection!, id, ending) is not { Subject: { } subject } request)
                return new RequestOutcome(null, null);
            var turn = new RequestTurn(transaction, request, subject, acting, Now);
            if ((RequestDecisions.WhyNot(request, command) ?? await act(turn, ending)) is { } refusal)
                return new RequestOutcome(request, refusal);
            return new RequestOutcome(await AppendAsync(turn, ending), null);
        },
        cancellation);

    /// <summary>The request of that id; null where there is none, or it opens no more.</summary>
    public async Task<SubjectRequest?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellation) => (await FindAsync(connection, [id], cancellation)).SingleOrDefault();

    /// <summary>The requests of these ids, in their order.</summary>
    public async Task<IReadOnlyList<SubjectRequest>> FindAsync(NpgsqlConnection connection, IReadOnlyList<Guid> ids, CancellationToken cancellation)
    {
        var streams = ids.Select(id => (Id: id, store.Vault.Find(SubjectRequest.CaseOf(id))?.Stream)).Where(found => found.Stream is not null).ToList();
        var entries = (await _streams.ReadAsync(connection, [.. streams.Select(found => found.Stream!.Value)], -1, int.MaxValue, cancellation)).ToLookup(entry => entry.Stream);
        return [.. streams.Select(found => SubjectRequest.Fold(found.Id, entries[found.Stream!.Value])).OfType<SubjectRequest>()];
    }

    /// <summary>A draft in the case's stream that names the subject and who acts.</summary>
    public static Draft OnCase(Guid id, RecordedEvent told, Person subject, Acting acting) => new(SubjectRequest.CaseOf(id), OfRequest(told, id, acting))
    {
        Others = [new Other(NamedAs.Subject, subject), new Other(NamedAs.Actor, acting.Person)],
    };

    /// <summary>Says which request an event belongs to.</summary>
    public static RecordedEvent OfRequest(RecordedEvent told, Guid id, Acting acting) => told with { Purpose = Purpose, Case = id.ToString("N"), Correlation = acting.Correlation };

    private async Task<SubjectRequest> AppendAsync(RequestTurn turn, CancellationToken cancellation)
    {
        var first = await store.Appender.AppendAsync(turn.Transaction, turn.Drafts, access: false, cancellation);
        var after = turn.Request;
        for (var i = 0; i < turn.Drafts.Count; i++)
        {
            if (turn.Drafts[i].Person == SubjectRequest.CaseOf(after.Id))
                after = after.With(after.Id, first + i, new OpenedEntry(turn.Drafts[i].Event, null, null, turn.Drafts[i].Others.ToDictionary(other => other.Role, string? (other) => other.Person.Name, StringComparer.Ordinal)))!;
        }

        await _list.PutAsync(turn.Transaction, _list.Of(after), cancellation);
        return after;
    }
}
