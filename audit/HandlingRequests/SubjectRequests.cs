using System.Security.Cryptography;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

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
public sealed class SubjectRequests(RecordStore store, TimeProvider time)
{
    private const string Insert = "insert into audit.requests (request, kind, due_on) values ($1, $2, $3)";

    private const string Select =
        "select request from audit.requests where ($1 or closed = $2) and (not $3 or due_on < $4) and ($5 is null or kind = $5) " +
        "and ($6 is null or (due_on, request) > (select due_on, request from audit.requests where request = $6)) order by due_on, request limit $7";

    private const string Received = "select distinct stream from audit.entries where kind = $1";

    private const string Mend =
        """
        insert into audit.requests as r (request, kind, due_on, closed) select * from unnest($1::uuid[], $2::bytea[], $3::date[], $4::boolean[])
        on conflict (request) do update set kind = excluded.kind, due_on = excluded.due_on, closed = excluded.closed
        where (r.kind, r.due_on, r.closed) is distinct from (excluded.kind, excluded.due_on, excluded.closed)
        """;

    private const int MendedAtOnce = 500;

    private readonly RequestWork _work = new(store, time);
    private readonly RecordStreams _streams = new(store);

    /// <summary>Files a request: from now on it is due in <see cref="RequestDecisions.Days"/>.</summary>
    public Task<SubjectRequest> FileAsync(RequestFiling filing, Acting acting, CancellationToken cancellation) => _work.Transactions.CommitAsync(
        async (transaction, ending) =>
        {
            var (id, now, subject) = (new Guid(RandomNumberGenerator.GetBytes(16)), _work.Now, KnownBy.Find(filing.KnownBy, filing.Subject));
            var due = DateOnly.FromDateTime(now.UtcDateTime).AddDays(RequestDecisions.Days);
            await using (var insert = new NpgsqlCommand(Insert, transaction.Connection, transaction) { Parameters = { new() { Value = id }, new() { Value = KindToken(filing.Asked) }, new() { Value = due } } })
                await insert.ExecuteNonQueryAsync(ending);
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
        var ids = new List<Guid>();
        await using (var command = new NpgsqlCommand(Select, connection))
        {
            foreach (var value in (object[])[query.Listed == Listed.All, query.Listed == Listed.Closed, query.Listed == Listed.Overdue, DateOnly.FromDateTime(_work.Now.UtcDateTime)])
                command.Parameters.Add(new() { Value = value });
            command.Parameters.Add(new() { Value = query.Asked is { } asked ? KindToken(asked) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
            command.Parameters.Add(new() { Value = query.After ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new() { Value = query.Limit });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                ids.Add(reader.GetGuid(0));
        }

        return await _work.FindAsync(connection, ids, cancellation);
    }

    /// <summary>
    /// Makes the list what the record says, whatever was done to its table: how many rows were something else. Commands wait
    /// meanwhile.
    /// </summary>
    public async Task<int> MendListAsync(CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Against the row locks of commands too: one that is under way ends first, and is in what is read then.
        await using (var locking = new NpgsqlCommand("lock table audit.requests in exclusive mode", connection, transaction))
            await locking.ExecuteNonQueryAsync(cancellation);
        var mended = 0;
        foreach (var streams in (await StreamsAsync(connection, cancellation)).Chunk(MendedAtOnce))
            mended += await MendAsync(connection, await _streams.ReadAsync(connection, streams, -1, int.MaxValue, cancellation), cancellation);
        await transaction.CommitAsync(cancellation);
        return mended;
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

    private async Task<List<Guid>> StreamsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Received, connection) { Parameters = { new() { Value = EventKinds.Token("subject-request-received", store.Keys.GetOrCreate(KeyNames.People)) } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = new List<Guid>();
        while (await reader.ReadAsync(cancellation))
            streams.Add(reader.GetGuid(0));
        return streams;
    }

    private async Task<int> MendAsync(NpgsqlConnection connection, IReadOnlyList<StreamEntry> entries, CancellationToken cancellation)
    {
        var requests = entries.GroupBy(entry => entry.Stream)
            .Select(stream => SubjectRequest.IdOf(stream.First().Opened?.Name) is { } id ? SubjectRequest.Fold(id, stream) : null).OfType<SubjectRequest>().ToList();
        await using var command = new NpgsqlCommand(Mend, connection)
        {
            Parameters =
            {
                new() { Value = requests.Select(request => request.Id).ToArray() },
                new() { Value = requests.Select(request => KindToken(request.Asked)).ToArray() },
                new() { Value = requests.Select(request => request.DueOn).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                new() { Value = requests.Select(request => !request.IsOpen).ToArray() },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private byte[] KindToken(string asked) => EventKinds.Token($"request-{asked}", store.Keys.GetOrCreate(KeyNames.People));
}
