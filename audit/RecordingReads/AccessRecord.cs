using KpTelemetry.Audit.BreakingGlass;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>The record could not take an entry in time. Nothing that depends on the entry may be shown: answer 503.</summary>
public sealed class RecordUnavailableException(Exception? cause)
    : Exception("the access record cannot be written now, so nothing is shown", cause);

/// <summary>
/// Records what staff do, and fails closed: an entry is committed before the call returns, and what cannot be recorded
/// within the deadline is not answered.
/// </summary>
public sealed class AccessRecord
{
    /// <summary>How long an entry may take where nothing else is said.</summary>
    public static readonly TimeSpan StandardDeadline = TimeSpan.FromSeconds(2);

    private const string TicketSender = "sign-on ticket";

    private readonly RecordStore _store;
    private readonly Identities _identities;
    private readonly BrokenGlass _glass;
    private readonly TimeProvider _time;
    private readonly RecordTransaction _transaction;

    /// <summary>Uses <paramref name="store"/>; an entry may take <paramref name="deadline"/>, or <see cref="StandardDeadline"/>.</summary>
    public AccessRecord(RecordStore store, TimeProvider time, TimeSpan? deadline = null)
    {
        (_store, _time, _transaction) = (store, time, new RecordTransaction(store, time, deadline ?? StandardDeadline));
        (_identities, _glass) = (new Identities(store.Keys), new BrokenGlass(store));
    }

    /// <summary>
    /// Commits the entry about a read, and with it the case that a look at a member makes by breaking the glass; only then may
    /// the read be answered. Throws <see cref="RecordUnavailableException"/>.
    /// </summary>
    public Task RecordReadAsync(StaffRead read, CancellationToken cancellation) => _transaction.CommitAsync(
        async (transaction, deadline) =>
        {
            var now = Now;
            return await AppendAsync(transaction, [.. read.DraftsAt(now), .. await _glass.DraftsAsync(transaction, read, now, deadline)], deadline);
        },
        cancellation);

    /// <summary>Commits the entry about a sign-on or sign-off; only then may it take effect. Throws <see cref="RecordUnavailableException"/>.</summary>
    public Task RecordSignOnAsync(StaffSignOn signOn, CancellationToken cancellation) =>
        _transaction.CommitAsync((transaction, deadline) => AppendAsync(transaction, [signOn.DraftAt(Now)], deadline), cancellation);

    /// <summary>
    /// Commits the entry about a sign-on with a ticket, of which the record takes one for each <paramref name="ticket"/>
    /// id, ever. False, and nothing recorded, when it was used before. Throws <see cref="RecordUnavailableException"/>.
    /// </summary>
    public Task<bool> TryRecordTicketAsync(StaffSignOn signOn, string ticket, CancellationToken cancellation) =>
        _transaction.CommitAsync(
            async (transaction, deadline) =>
            {
                var first = (await _identities.ClaimAsync(transaction, [RecordIdentity.Sent(TicketSender, ticket)], deadline))[0];
                return first && await AppendAsync(transaction, [signOn.DraftAt(Now)], deadline);
            },
            cancellation);

    /// <summary>
    /// Goes the whole way of an entry once and rolls it back, so that the first read need not wait for what is made only
    /// once: connections, code, the key of the year.
    /// </summary>
    public async Task WarmUpAsync(CancellationToken cancellation)
    {
        await using var connection = await _store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await AppendAsync(transaction, [new StaffSignOn { User = StaffSignOn.Unknown, Step = StaffSignOnStep.SignedOff }.DraftAt(Now)], cancellation);
        await transaction.RollbackAsync(cancellation);
    }

    private DateTimeOffset Now => _time.GetRecordNow();

    private async Task<bool> AppendAsync(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, CancellationToken cancellation)
    {
        await _store.Appender.AppendAsync(transaction, drafts, access: false, cancellation);
        return true;
    }
}
