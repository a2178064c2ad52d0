using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tests.Subjects;
using KpTelemetry.Platform.Keys;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>Who has the database and no key makes entries of their own: nothing is done, or left undone, because of them.</summary>
public sealed class ForgedEntryTests
{
    private const string Member = "mrn-4711";
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b077");

    [Fact]
    public async Task HoldLifted_ThatNobodySealed_LiftsNoHold()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Erase, Member, "erase me");
        var hold = await office.Holds.PlaceAsync(new HoldScope("record", null, null, "litigation", "Doe v. Kaiser", (KnownBy.Member, Member)), Office.Ada, CancellationToken.None);
        await ForgeAsync(record, LegalHold.CaseOf(hold.Id), Of(new HoldLifted { At = Record.Start, Outcome = Outcomes.Success, Channel = "api", Origin = "query-api", Reason = "forged" }));
        await ExecuteAsync(record, "delete from kp.holds");
        Assert.Equal($"the legal hold {hold.Id} stops it", (await office.EraseAsync(id)).Refusal);
        Assert.Null(Assert.Single(await office.Holds.ListAsync(all: true, 10, CancellationToken.None)).LiftedAt);
    }

    [Fact]
    public async Task Verification_ThatNobodySealed_GivesOutNothing()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var filed = await office.Requests.FileAsync(new RequestFiling(RequestKinds.Access, KnownBy.Member, Member, "letter", null), Office.Ada, CancellationToken.None);
        await ForgeAsync(record, SubjectRequest.CaseOf(filed.Id), Of(new SubjectVerified { At = Record.Start, Outcome = Outcomes.Success, Channel = "api", Origin = "query-api", Method = "forged" }));
        Assert.Equal("who asks is not verified", (await office.Exports.ExportAsync(filed.Id, "somebody", -1, Office.Ada, CancellationToken.None)).Outcome.Refusal);
        Assert.Equal(Standing.Received, (await office.Requests.FindAsync(filed.Id, CancellationToken.None))!.Standing);
    }

    [Fact]
    public async Task Review_ThatNobodySealed_ClosesNoCase()
    {
        await using var record = await Record.CreateWholeAsync();
        var grants = new GrantBook(record.Store, record.Time, TimeSpan.FromMinutes(2));
        var broken = (await grants.AskAsync(
            new AskingGrant.AskGrant("break-glass", "C-1", new GrantScope(Member, null, Record.Start.AddDays(-1), Record.Start), 10, 1), new Act("eve", "security", "api", "trace"), CancellationToken.None)).Grant!;
        await ForgeAsync(record, GrantStreams.CaseOf(broken.Id), Of(new AccessReviewed
        {
            At = Record.Start, Outcome = Outcomes.Success, Channel = "api", Origin = "query-api", Purpose = "break-glass", Case = "C-1", Verdict = "justified", Why = null,
        }));
        Assert.NotEqual("justified", (await grants.FindAsync(broken.Id, CancellationToken.None))?.Verdict);
    }

    [Theory]
    [InlineData("{\"body\": \"?\"}")]
    [InlineData("{\"body\": null}")]
    [InlineData("{}")]
    [InlineData("{\"body\": \"\"}")]
    [InlineData("{\"body\": \"AgAA\"}")]
    [InlineData("{\"body\": \"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAew==\"}")]
    [InlineData("{\"body\": \"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAe30=\"}")]
    public async Task EntryThatNobodyCanRead_IsToldAsThat_AndTheOthersBesideIt(string data)
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        await ExecuteAsync(record, $"update audit.mt_events set data = '{data}' where seq_id = (select seq from audit.entries where index = 1)");
        Assert.Equal(["service-accessed", RecordLine.Unreadable, "service-accessed"], (await record.AllAsync()).Events.Select(line => line.Kind));
    }

    // The same, where entries about nobody are.
    [Theory]
    [InlineData("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAew==")]
    [InlineData("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAe30=")]
    public async Task EntryAboutNobody_ThatNobodyCanRead_IsToldAsThat(string body)
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 1));
        await ForgeAsync(record, record.Store.Sealer.StreamOfNobody, Convert.FromBase64String(body));
        Assert.Equal([RecordLine.Unreadable, "service-accessed"], (await record.AllAsync()).Events.Select(line => line.Kind).Order(StringComparer.Ordinal).Reverse());
    }

    private static byte[] Of(RecordedEvent told) => EntryBody.InClear(EntryContent.Write(told, name: null, []));

    private static Task ForgeAsync(Record record, Person of, byte[] body) => ForgeAsync(record, record.Store.Vault.Find(of)!.Stream, body);

    // Beyond all others, where no append ever meets it.
    private static Task ForgeAsync(Record record, Guid stream, byte[] body) => ExecuteAsync(
        record,
        "set session_replication_role = replica; with forged as (insert into audit.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived) " +
        "select 1000000000, gen_random_uuid(), @stream, 1000000, jsonb_build_object('body', @body), type, timestamp, tenant_id, mt_dotnet_type, is_archived from audit.mt_events order by seq_id limit 1) " +
        "insert into audit.entries (index, seq, stream, at, recorded, kind, leaf) select 1000000000, 1000000000, @stream, at, recorded, kind, leaf from audit.entries where index = 0",
        new NpgsqlParameter("stream", stream), new NpgsqlParameter("body", Convert.ToBase64String(body)));

    private static async Task ExecuteAsync(Record record, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = record.Database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
