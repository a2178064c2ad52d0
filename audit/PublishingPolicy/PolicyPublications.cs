using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Audit.PublishingPolicy;

/// <summary>Puts the publication of revisions on the record, as part of the transaction that publishes them.</summary>
public sealed class PolicyPublications(RecordStore store, TimeProvider time)
{
    /// <summary>Appends that <paramref name="user"/> has published a revision. Call it last in a transaction: it locks the head of the record until the commit.</summary>
    public Task AppendAsync(NpgsqlTransaction transaction, string user, PolicyRevision revision, CancellationToken cancellation)
    {
        var published = new PolicyPublished
        {
            At = time.GetRecordNow(),
            Outcome = Outcomes.Success,
            Channel = "api",
            Origin = "query-api",
            Revision = revision.Name,
            NoticeFrom = revision.NoticeFrom,
            EffectiveFrom = revision.EffectiveFrom,
            Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(revision.Document))),
        };
        return store.Appender.AppendAsync(transaction, [new Draft(new Person(PersonClass.Staff, user), published)], access: false, cancellation);
    }
}
