using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.EndingKeys;

/// <summary>Puts the end of keys on the record, as part of the caller's transaction.</summary>
public sealed class KeyEndings(RecordStore store, TimeProvider time)
{
    // Of a session whose end nobody could read any more nothing is kept.
    private const string ForgetSessions = "delete from audit.sessions where $2 || year = $1";

    /// <summary>Appends that a key has ended. Call it last in a transaction: it locks the head of the record until the commit.</summary>
    public async Task AppendAsync(NpgsqlTransaction transaction, string key, string policy, CancellationToken cancellation)
    {
        await using (var forget = new NpgsqlCommand(ForgetSessions, transaction.Connection, transaction) { Parameters = { new() { Value = key }, new() { Value = KeyNames.Person("member", "access", 0)[..^4] } } })
            await forget.ExecuteNonQueryAsync(cancellation);
        var ended = new KeyEnded
        {
            At = time.GetRecordNow(),
            Outcome = Outcomes.Success,
            Channel = "api",
            Origin = "processors",
            Key = key,
            Policy = policy,
        };
        await store.Appender.AppendAsync(transaction, [new Draft(null, ended)], access: false, cancellation);
    }
}
