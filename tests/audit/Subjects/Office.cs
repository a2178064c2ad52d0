using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>A privacy office on a record: what it does for subjects, and what the record says of it.</summary>
internal sealed class Office(Record record)
{
    public static readonly Acting Ada = new("ada-canary", "api", "trace");

    public SubjectRequests Requests { get; } = new(record.Store, record.Time);
    public SubjectRestrictions Restrictions { get; } = new(record.Store, record.Time);
    public LegalHolds Holds { get; } = new(record.Store, record.Time);
    public SubjectErasure Erasure => new(record.Store, Holds, record.Time);
    public SubjectExports Exports { get; } = new(record.Store, record.Time);
    public Disclosures Disclosures { get; } = new(record.Store, record.Time);

    /// <summary>A request of a member, verified.</summary>
    public async Task<Guid> VerifiedAsync(string kind, string member, string? statement = null)
    {
        var filed = await Requests.FileAsync(new RequestFiling(kind, KnownBy.Member, member, "letter", statement), Ada, CancellationToken.None);
        Assert.Null((await Requests.VerifyAsync(filed.Id, "two letters compared", true, Ada, CancellationToken.None)).Refusal);
        return filed.Id;
    }

    public Task<RequestOutcome> EraseAsync(Guid id) => Erasure.EraseAsync(id, ["destroyed"], Ada, CancellationToken.None);

    /// <summary>The entries of a person's stream, opened where they open.</summary>
    public async Task<IReadOnlyList<StreamEntry>> StreamAsync(string member)
    {
        await using var connection = await record.Database.OpenConnectionAsync();
        return await new RecordStreams(record.Store).ReadAsync(connection, [record.Store.Vault.Find(new Person(PersonClass.Member, member))!.Stream], -1, int.MaxValue, CancellationToken.None);
    }

    /// <summary>Makes every leaf anew from what is stored, and holds the tree of them against the head.</summary>
    public async Task VerifyTreeAsync()
    {
        const string Stored = "select e.index, m.seq_id, m.id, m.stream_id, m.version, e.at, m.timestamp, e.recorded, e.kind, m.data->>'body', e.leaf from audit.entries e join audit.mt_events m on m.seq_id = e.seq order by e.index";
        var frontier = Frontier.Empty;
        await using (var command = record.Database.CreateCommand(Stored))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                var leaf = Leaf.Of(new StoredEntry(
                    reader.GetInt64(0), reader.GetInt64(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetInt64(4), reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6),
                    reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<byte[]>(8), Convert.FromBase64String(reader.GetString(9))));
                Assert.Equal(reader.GetFieldValue<byte[]>(10), leaf);
                frontier.Append(TreeHash.Leaf(leaf));
            }
        }

        await using var connection = await record.Database.OpenConnectionAsync();
        var head = await Head.ReadAsync(connection, record.Keys.GetOrCreate(KeyNames.RecordHead), CancellationToken.None);
        Assert.True(head.Entries > 0);
        Assert.Equal(head.Frontier.Write(), frontier.Write());
    }
}
