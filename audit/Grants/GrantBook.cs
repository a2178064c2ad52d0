using System.Security.Cryptography;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.DecidingGrant;
using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.UsingGrant;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Grants;

/// <summary>What a command came to: the grant as it is now, or why nothing was done.</summary>
public sealed record GrantAnswer(Grant? Grant, Refusal? Refusal);

/// <summary>
/// The grants. Each is a stream of its own; what may be done is decided on its events as they are under the lock of the
/// record's head, so that of two commands at one moment the second sees the first. Throws
/// <see cref="RecordUnavailableException"/> where the record cannot be written in time: then nothing was done.
/// </summary>
public sealed class GrantBook
{
    private static readonly Refusal NoSuch = new(RefusalKind.Unknown, "There is no such grant.");
    private static readonly Refusal NotWhole = new(RefusalKind.Over, "The entries of this grant are not those that were recorded, so nothing is read with it: ask for another, and have './kp audit verify' run.");

    private readonly RecordStore _store;
    private readonly GrantStreams _streams;
    private readonly GrantMarks _marks;
    private readonly TimeProvider _time;
    private readonly RecordTransaction _transaction;

    /// <summary>Uses <paramref name="store"/>; a command may take <paramref name="deadline"/>, or <see cref="AccessRecord.StandardDeadline"/>.</summary>
    public GrantBook(RecordStore store, TimeProvider time, TimeSpan? deadline = null)
    {
        (_store, _time, _streams, _marks) = (store, time, new GrantStreams(store), new GrantMarks(store.Keys));
        _transaction = new RecordTransaction(store, time, deadline ?? AccessRecord.StandardDeadline);
    }

    /// <summary>The grant of that id; null where there is none.</summary>
    public Task<Grant?> FindAsync(string id, CancellationToken cancellation) => _streams.FindAsync(id, cancellation);

    /// <summary>Grants that somebody has still to do something about, or can read with, and looks at members' records that wait for a review; the oldest first, at most 1,000, uses of break-glass before all others.</summary>
    public Task<IReadOnlyList<Grant>> OpenAsync(CancellationToken cancellation) => _streams.OpenAsync(cancellation);

    /// <summary>The grants that were asked for last, the newest first.</summary>
    public Task<IReadOnlyList<Grant>> NewestAsync(int limit, CancellationToken cancellation) => _streams.NewestAsync(limit, cancellation);

    /// <summary>Asks for a grant; with the purpose break-glass it is given at once.</summary>
    public Task<GrantAnswer> AskAsync(AskGrant asked, Act act, CancellationToken cancellation)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return _transaction.CommitAsync(
            async (transaction, deadline) =>
            {
                var decision = asked.Decide(act, Now);
                return await AppendAsync(transaction, id, ([], GrantMarks.OfNothing), decision, act, asked.Scope.Member, [], deadline);
            },
            cancellation);
    }

    /// <summary>Gives a grant.</summary>
    public Task<GrantAnswer> GiveAsync(string id, Act act, CancellationToken cancellation) =>
        DecideAsync(id, act, (grant, now) => DecideGrant.Give(grant, act, now), cancellation);

    /// <summary>Refuses a grant.</summary>
    public Task<GrantAnswer> RefuseAsync(string id, string? why, Act act, CancellationToken cancellation) =>
        DecideAsync(id, act, (grant, now) => DecideGrant.Refuse(grant, act, now, why), cancellation);

    /// <summary>Ends a grant by hand.</summary>
    public Task<GrantAnswer> EndAsync(string id, Act act, CancellationToken cancellation) =>
        DecideAsync(id, act, (grant, now) => EndGrant.ByHand(grant, act, now), cancellation);

    /// <summary>Reviews a use of break-glass.</summary>
    public Task<GrantAnswer> ReviewAsync(string id, ReviewAccess review, Act act, CancellationToken cancellation) =>
        DecideAsync(id, act, (grant, now) => review.Decide(grant, act, now), cancellation);

    /// <summary>Why lines cannot be read with that grant now; null where they can, unless something happens before <see cref="UseAsync"/>.</summary>
    public async Task<GrantAnswer> CheckAsync(string id, Act act, CancellationToken cancellation) =>
        await FindAsync(id, cancellation) is { } grant ? new GrantAnswer(grant, UseGrant.WhyNot(grant, act, Now)) : new GrantAnswer(null, NoSuch);

    /// <summary>
    /// Counts a reading: the entry about the read, one of the grant, and one in the stream of each member whose lines they
    /// are, or none of them. Only when it returns without a refusal may the lines be shown.
    /// </summary>
    /// <param name="lines">How many lines, by member.</param>
    public Task<GrantAnswer> UseAsync(string id, Act act, StaffRead read, IReadOnlyDictionary<string, int> lines, CancellationToken cancellation) =>
        DecideAsync(id, act, (grant, now) => UseGrant.Decide(grant, act, now, lines.Values.Sum()), cancellation, (grant, now) =>
            [.. read.DraftsAt(now), .. lines.Select(member => LinesRead(grant, act, read, now, member.Key, member.Value))]);

    /// <summary>Ends whatever is due, and puts that on the record. A grant whose time is over cannot be read with before that either.</summary>
    public async Task EndDueAsync(CancellationToken cancellation)
    {
        foreach (var grant in (await OpenAsync(cancellation)).Where(grant => grant.DueToEnd(Now) is not null))
            await DecideAsync(grant.Id, act: null, EndGrant.WhenDue, cancellation);
    }

    private DateTimeOffset Now => _time.GetRecordNow();

    private Task<GrantAnswer> DecideAsync(
        string id, Act? act, Func<Grant, DateTimeOffset, Decision> decide, CancellationToken cancellation, Func<Grant, DateTimeOffset, IReadOnlyList<Draft>>? beside = null) =>
        _transaction.CommitAsync(
            async (transaction, deadline) =>
            {
                if (_streams.StreamOf(id) is not { } stream)
                    return new GrantAnswer(null, NoSuch);
                await Head.LockAsync(transaction, _store.Keys.GetOrCreate(KeyNames.RecordHead), deadline);
                var before = await _streams.ReadAsync(transaction.Connection!, stream, deadline);
                if (Grant.Of(id, before.Told) is not { } grant)
                    return new GrantAnswer(null, NoSuch);
                var now = Now;
                var decision = decide(grant, now);
                // Something is shown: not by entries of which the last was taken away, nor by others than were recorded.
                if (beside is not null && decision.Refusal is null && !_marks.Is(id, before.Mark))
                    return new GrantAnswer(grant, NotWhole);
                return await AppendAsync(transaction, id, before, decision, act, grant.Scope.Member, beside?.Invoke(grant, now) ?? [], deadline);
            },
            cancellation);

    private async Task<GrantAnswer> AppendAsync(
        NpgsqlTransaction transaction, string id, (IReadOnlyList<Told> Told, byte[] Mark) before, Decision decision, Act? act, string? subject, IReadOnlyList<Draft> beside, CancellationToken cancellation)
    {
        if (decision.Refusal is not null || decision.Events.Count == 0)
            return new GrantAnswer(Grant.Of(id, before.Told), decision.Refusal);
        var entries = await _store.Appender.AppendAllAsync(transaction, [.. decision.Events.Select(told => OfCase(id, told, act, subject)), .. beside], access: false, cancellation);
        var grant = Grant.Of(id, [.. before.Told, .. decision.Events.Select(told => new Told(told, act?.User, subject))])!;
        if (grant.State == GrantState.Given)
            _marks.Keep(id, entries.Take(decision.Events.Count).Aggregate(before.Mark, (mark, entry) => GrantMarks.After(mark, entry.Index, entry.At, entry.Body)));
        else
            _marks.Drop(id);
        return new GrantAnswer(grant, null);
    }

    internal static Draft OfCase(string id, RecordedEvent told, Act? act, string? subject) => new(GrantStreams.CaseOf(id), told)
    {
        Others =
        [
            .. act is null ? [] : new[] { new Other(NamedAs.Actor, new Person(PersonClass.Staff, act.User)) },
            .. subject is null ? [] : new[] { new Other(NamedAs.Subject, new Person(PersonClass.Member, subject)) },
        ],
    };

    private static Draft LinesRead(Grant grant, Act act, StaffRead read, DateTimeOffset now, string member, int lines) => new(
        new Person(PersonClass.Member, member),
        new IdentifiedLinesRead
        {
            At = now, Outcome = Outcomes.Success, Channel = read.Channel, Origin = "query-api", Correlation = act.Correlation, Purpose = grant.Purpose, Case = grant.Case, Grant = grant.Id, Lines = lines,
        })
    {
        Others = [new Other(NamedAs.Actor, new Person(PersonClass.Staff, act.User))],
    };
}
