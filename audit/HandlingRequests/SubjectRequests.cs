using System.Security.Cryptography;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>A request as it comes in.</summary>
/// <param name="Asked">One of <see cref="RequestKinds"/>.</param>
/// <param name="KnownBy">One of <see cref="HandlingRequests.KnownBy"/>.</param>
/// <param name="Subject">The member's id, the mail address, or the cookie's value.</param>
/// <param name="By">How it came.</param>
/// <param name="Statement">What the subject says, in their own words; null where nothing.</param>
public sealed record RequestFiling(string Asked, string KnownBy, string Subject, string By, string? Statement)
{
    /// <summary>Tells no name.</summary>
    public override string ToString() => Asked;
}

/// <summary>Which requests are listed.</summary>
public enum Listed
{
    Open,
    Overdue,
    Closed,
    All,
}

/// <summary>A page of requests.</summary>
/// <param name="Asked">One of <see cref="RequestKinds"/>, or null for all.</param>
/// <param name="After">The request after which the page begins.</param>
/// <param name="Limit">How many at most, 1 to 1,000.</param>
public sealed record RequestQuery(Listed Listed, string? Asked, Guid? After, int Limit);

/// <summary>
/// Requests of subjects (P11, P13, P15) from receipt to answer: one stream a case, folded from its sealed entries. What is
/// done is committed with its entry, or not done. Every method throws <c>RecordUnavailableException</c>.
/// </summary>
public sealed partial class SubjectRequests(RecordStore store, TimeProvider time, ILogger<SubjectRequests>? log = null)
{
    private readonly RequestWork _work = new(store, time);
    private readonly RequestList _list = new(store);
    private readonly ILogger _log = log ?? NullLogger<SubjectRequests>.Instance;

    /// <summary>Files a request: from now on it is due in <see cref="RequestDecisions.Days"/>.</summary>
    public Task<SubjectRequest> FileAsync(RequestFiling filing, Acting acting, CancellationToken cancellation) => _work.Transactions.CommitAsync(
        async (transaction, ending) =>
        {
            var (id, now, subject) = (new Guid(RandomNumberGenerator.GetBytes(16)), _work.Now, KnownBy.Find(filing.KnownBy, filing.Subject));
            var due = DateOnly.FromDateTime(now.UtcDateTime).AddDays(RequestDecisions.Days);
            await _list.PutAsync(transaction, new ListedRequest(id, _list.KindToken(filing.Asked), due, IsClosed: false), ending);
            await store.Appender.AppendAsync(transaction, Drafts(filing, id, subject, due, acting, now), access: false, ending);
            return (await _work.FindAsync(transaction.Connection!, id, ending))!;
        },
        cancellation);

    /// <summary>A request; null where there is none of that id, or its keys have ended.</summary>
    public async Task<SubjectRequest?> FindAsync(Guid id, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        return await _work.FindAsync(connection, id, cancellation);
    }

    /// <summary>A page of requests, the first to be due first.</summary>
    public async Task<IReadOnlyList<SubjectRequest>> ListAsync(RequestQuery query, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        var (requests, mended) = await _list.ReadAsync(connection, cancellation);
        if (mended > 0)
            LogMended(_log, mended);
        return await _work.FindAsync(connection, [.. Page(requests, query).Select(request => request.Id)], cancellation);
    }

    private IEnumerable<ListedRequest> Page(IReadOnlyList<ListedRequest> requests, RequestQuery query)
    {
        var today = DateOnly.FromDateTime(_work.Now.UtcDateTime);
        var kind = query.Asked is { } asked ? _list.KindToken(asked) : null;
        var before = query.After is { } after ? requests.FirstOrDefault(request => request.Id == after) : null;
        return requests
            .Where(request => query.Listed switch { Listed.Open => !request.IsClosed, Listed.Overdue => !request.IsClosed && request.DueOn < today, Listed.Closed => request.IsClosed, _ => true })
            .Where(request => kind is null || request.Kind.AsSpan().SequenceEqual(kind))
            .Where(request => query.After is null || (before is not null && (request.DueOn, request.Id).CompareTo((before.DueOn, before.Id)) > 0))
            .OrderBy(request => (request.DueOn, request.Id))
            .Take(query.Limit);
    }

    /// <summary>Notes how it was checked who asks, and whether it is who they say.</summary>
    public Task<RequestOutcome> VerifyAsync(Guid id, string method, bool succeeded, Acting acting, CancellationToken cancellation) => DoAsync(id, RequestCommand.Verify, acting, turn => succeeded
        ? new SubjectVerified { At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Method = method }
        : new SubjectNotVerified { At = turn.Now, Outcome = Outcomes.Failure, Channel = acting.Channel, Origin = Acting.Origin, Method = method }, cancellation);

    /// <summary>Gives it thirty more days, once.</summary>
    public Task<RequestOutcome> ExtendAsync(Guid id, string reason, Acting acting, CancellationToken cancellation) => DoAsync(id, RequestCommand.Extend, acting, turn => new SubjectRequestExtended
    {
        At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Reason = reason, DueOn = turn.Request.DueOn.AddDays(RequestDecisions.Days),
    }, cancellation);

    /// <summary>Refuses it, and closes it.</summary>
    public Task<RequestOutcome> RefuseAsync(Guid id, string reason, Acting acting, CancellationToken cancellation) => DoAsync(id, RequestCommand.Refuse, acting, turn =>
        new SubjectRequestRefused { At = turn.Now, Outcome = Outcomes.Refused, Channel = acting.Channel, Origin = Acting.Origin, Reason = reason }, cancellation);

    /// <summary>Closes it as fulfilled, with the entries that prove what was done.</summary>
    public Task<RequestOutcome> FulfilAsync(Guid id, string done, Acting acting, CancellationToken cancellation) => DoAsync(id, RequestCommand.Fulfil, acting, turn =>
        new SubjectRequestFulfilled { At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Done = done, Proof = turn.Request.Proof }, cancellation);

    private Task<RequestOutcome> DoAsync(Guid id, RequestCommand command, Acting acting, Func<RequestTurn, RecordedEvent> tell, CancellationToken cancellation) => _work.DoAsync(
        id, command, acting,
        (turn, _) =>
        {
            turn.OnCase(tell(turn));
            return Task.FromResult<string?>(null);
        },
        cancellation);

    private static List<Draft> Drafts(RequestFiling filing, Guid id, Person subject, DateOnly due, Acting acting, DateTimeOffset now)
    {
        var received = new SubjectRequestReceived
        {
            At = now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Asked = filing.Asked, KnownBy = filing.KnownBy, By = filing.By, DueOn = due,
        };
        var drafts = new List<Draft> { RequestWork.OnCase(id, received, subject, acting) };
        if (filing.Statement is { } text)
        {
            var stated = new SubjectStated { At = now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Text = text };
            drafts.Add(new Draft(subject, RequestWork.OfRequest(stated, id, acting)) { Others = [new Other(NamedAs.Actor, acting.Person)] });
        }

        return drafts;
    }

    [LoggerMessage(LogLevel.Warning, "{Rows} rows of the list of requests were not what the record says, or from before rows had tags: they were made anew")]
    private static partial void LogMended(ILogger logger, int rows);
}
