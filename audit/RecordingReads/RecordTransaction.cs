using System.Security.Cryptography;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Marten.Exceptions;
using Npgsql;

namespace KpTelemetry.Audit.RecordingReads;

/// <summary>A transaction that ends in an append, and fails closed: it is committed within the deadline, or nothing that depends on it may be shown.</summary>
internal sealed class RecordTransaction(RecordStore store, TimeProvider time, TimeSpan deadline)
{
    /// <summary>Does the work and commits. Throws <see cref="RecordUnavailableException"/>.</summary>
    public async Task<T> CommitAsync<T>(Func<NpgsqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var ending = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, cancellation);
        try
        {
            // Waited for, not only cancelled, and on a thread of its own: a database that hangs may not even answer a
            // cancellation, and a key store that hangs holds the thread.
            return await Task.Run(() => DoAsync(work, either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
        {
            throw new RecordUnavailableException(cause);
        }
        catch (Exception cause) when (cause is NpgsqlException or MartenException or RecordTamperedException or KeyEndedException or CryptographicException or IOException)
        {
            throw new RecordUnavailableException(cause);
        }
    }

    private async Task<T> DoAsync<T>(Func<NpgsqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var done = await work(transaction, cancellation);
        await transaction.CommitAsync(cancellation);
        return done;
    }
}
