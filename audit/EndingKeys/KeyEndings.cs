using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.EndingKeys;

/// <summary>Puts the end of keys on the record, as part of the caller's transaction.</summary>
public sealed class KeyEndings(RecordStore store, KeyStore keys, TimeProvider time)
{
    /// <summary>Under whose name the system itself acts.</summary>
    private const string Account = "kp-processors";

    private readonly RecordAppender _appender = new(store, new PersonStreams(keys), new PeopleSealer(keys), time);

    /// <summary>Appends that a key has ended. Call it last in a transaction: it locks the head of the record until the commit.</summary>
    public Task AppendAsync(NpgsqlTransaction transaction, string key, string policy, CancellationToken cancellation)
    {
        var ended = new KeyEnded
        {
            At = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
            Outcome = Outcomes.Success,
            Channel = "api",
            Origin = "processors",
            Key = key,
            Policy = policy,
        };
        return _appender.AppendAsync(transaction, [new Draft(new Person(PersonClass.Staff, Account), ended, new PeopleFields { Subject = Account })], access: false, cancellation);
    }
}
