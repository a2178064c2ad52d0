using KpTelemetry.Audit.People;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Marten.Exceptions;
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
    /// <summary>How long an entry may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly RecordStore _store;
    private readonly RecordAppender _appender;
    private readonly TimeProvider _time;

    public AccessRecord(RecordStore store, KeyStore keys, TimeProvider time) =>
        (_store, _appender, _time) = (store, new RecordAppender(store, new PersonStreams(keys), new PeopleSealer(keys), time), time);

    /// <summary>Commits the entry about a read; only then may the read be answered. Throws <see cref="RecordUnavailableException"/>.</summary>
    public Task RecordReadAsync(StaffRead read, CancellationToken cancellation) => RecordAsync(read.DraftAt(Now), cancellation);

    /// <summary>Commits the entry about a sign-on or sign-off; only then may it take effect. Throws <see cref="RecordUnavailableException"/>.</summary>
    public Task RecordSignOnAsync(StaffSignOn signOn, CancellationToken cancellation) => RecordAsync(signOn.DraftAt(Now), cancellation);

    // To the millisecond, as entries are kept.
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private async Task RecordAsync(Draft draft, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            // Waited for, not only cancelled: a database that hangs may not even answer a cancellation.
            await CommitAsync(draft, either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
        {
            throw new RecordUnavailableException(cause);
        }
        catch (Exception cause) when (cause is NpgsqlException or MartenException)
        {
            throw new RecordUnavailableException(cause);
        }
    }

    private async Task CommitAsync(Draft draft, CancellationToken cancellation)
    {
        await using var connection = await _store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await _appender.AppendAsync(transaction, [draft], access: false, cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
