using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.AccountingDisclosures;

/// <summary>A disclosure that was made.</summary>
/// <param name="Members">The members concerned, each once.</param>
/// <param name="On">The day of the disclosure (UTC).</param>
public sealed record Disclosure(IReadOnlyList<string> Members, DateOnly On, string Recipient, string What, string Why)
{
    /// <summary>Tells no name.</summary>
    public override string ToString() => $"disclosure of {On}";
}

/// <summary>Puts disclosures on the record of each person concerned, and suspends the telling of some. Throws <c>RecordUnavailableException</c>.</summary>
public sealed class Disclosures(RecordStore store, TimeProvider time)
{
    private readonly RecordTransaction _transactions = new(store, time, RequestWork.Deadline);

    private DateTimeOffset Now => time.GetRecordNow();

    /// <summary>Records a disclosure for every member concerned, all or none. The index of the first entry.</summary>
    public Task<long> RecordAsync(Disclosure disclosure, Acting acting, CancellationToken cancellation)
    {
        var made = new DisclosureMade
        {
            At = new DateTimeOffset(disclosure.On, TimeOnly.MinValue, TimeSpan.Zero), Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Correlation = acting.Correlation,
            Recipient = disclosure.Recipient, What = disclosure.What, Why = disclosure.Why,
        };
        return AppendAsync([.. disclosure.Members.Select(member => Draft(member, made, acting))], cancellation);
    }

    /// <summary>Suspends the telling of disclosures of a member to a recipient until a day. The index of the entry.</summary>
    public Task<long> SuspendAsync(string member, string recipient, DateOnly until, string statement, Acting acting, CancellationToken cancellation)
    {
        var suspended = new DisclosureSuspended
        {
            At = Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Correlation = acting.Correlation, Recipient = recipient, Until = until, Statement = statement,
        };
        return AppendAsync([Draft(member, suspended, acting)], cancellation);
    }

    /// <summary>Whether an event is one of the accounting: who did it is a member of staff.</summary>
    internal static bool IsOne(RecordedEvent told) => told is DisclosureMade or DisclosureSuspended;

    /// <summary>All that the accounting of a person is made of, by the tokens of its kinds, so that a long stream need not be opened.</summary>
    internal static Task<IReadOnlyList<StreamEntry>> ReadAsync(RecordStreams streams, NpgsqlConnection connection, IReadOnlyCollection<Guid> ofPerson, CancellationToken cancellation) =>
        streams.ReadAsync(connection, ofPerson, ["disclosure-made", "disclosure-suspended"], cancellation);

    private static Draft Draft(string member, RecordedEvent told, Acting acting) =>
        new(new Person(PersonClass.Member, member), told) { Others = [new Other(NamedAs.Actor, acting.Person)] };

    private Task<long> AppendAsync(IReadOnlyList<Draft> drafts, CancellationToken cancellation) =>
        _transactions.CommitAsync((transaction, ending) => store.Appender.AppendAsync(transaction, drafts, access: false, ending), cancellation);
}
