using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.EndingKeys;

/// <summary>Puts the end of keys on the record, as part of the caller's transaction.</summary>
public sealed class KeyEndings(RecordStore store, TimeProvider time)
{
    /// <summary>Appends that a key has ended. Call it last in a transaction: it locks the head of the record until the commit.</summary>
    public Task AppendAsync(NpgsqlTransaction transaction, string key, string policy, CancellationToken cancellation)
    {
        var ended = new KeyEnded
        {
            At = time.GetRecordNow(),
            Outcome = Outcomes.Success,
            Channel = "api",
            Origin = "processors",
            Key = key,
            Policy = policy,
        };
        return store.Appender.AppendAsync(transaction, [new Draft(null, ended)], access: false, cancellation);
    }
}
