using System.Text;
using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Tests.Engines;
using Npgsql;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>Erasing a person (P11), against every byte that PostgreSQL has written: tables, indexes and the write-ahead log.</summary>
public sealed class ErasureTests
{
    private const string Member = "mrn-4711-canary";
    private static readonly string[] Planted = [Member, Office.Ada.User, "statement-canary", "sheriff-canary", "docket-canary", "limits-canary", "/my/oncology-canary"];

    [Fact]
    public async Task Erased_IsInNoFileOfPostgreSQL_BeforeAndAfter_PreferencesOpenNoMore_TheRestDoes_AndTheTreeHolds()
    {
        using var server = await PostgresServer.StartAsync();
        await using var record = await Record.CreateWholeAsync(server);
        var office = new Office(record);
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00d"), 0, 3, _ => Member, "/my/oncology-canary"));
        await office.Disclosures.RecordAsync(new Disclosure([Member], DateOnly.FromDateTime(Record.Start.UtcDateTime), "sheriff-canary", "dates", "a warrant"), Office.Ada, CancellationToken.None);
        var restriction = await office.VerifiedAsync(RequestKinds.Restrict, Member);
        await office.Restrictions.RestrictAsync(restriction, "limits-canary", Office.Ada, CancellationToken.None);
        var request = await office.VerifiedAsync(RequestKinds.Erase, Member, "statement-canary");
        await office.Holds.PlaceAsync(new HoldScope("record", null, null, "litigation", "docket-canary", (KnownBy.Member, "mrn-4712-canary")), Office.Ada, CancellationToken.None);

        Assert.Equal(
            [("disclosure-made", true), ("service-accessed", true), ("service-accessed", true), ("service-accessed", true), ("subject-restricted", true), ("subject-stated", true)], await OpensAsync(office));
        await HoldNothingPlainAsync(record, server);
        await office.VerifyTreeAsync();

        Assert.Null((await office.EraseAsync(request)).Refusal);
        var erased = await OpensAsync(office);
        Assert.Equal(2, erased.Count(entry => !entry.Opens));
        Assert.Equal(["disclosure-made", "service-accessed", "service-accessed", "service-accessed", "subject-erased"], erased.Where(entry => entry.Opens).Select(entry => entry.Kind));
        Assert.Equal(0, await record.ScalarAsync<int>("select flags | agreed from kp.member_flags"));
        await office.VerifyTreeAsync();

        // Once more, in the same request and in another.
        Assert.Null((await office.EraseAsync(request)).Refusal);
        Assert.Null((await office.EraseAsync(await office.VerifiedAsync(RequestKinds.Erase, Member))).Refusal);
        Assert.Equal(2, (await OpensAsync(office)).Count(entry => !entry.Opens));
        Assert.Equal(Standing.Fulfilled, (await office.Requests.FulfilAsync(request, "erased, and told what goes on", Office.Ada, CancellationToken.None)).Request!.Standing);
        await HoldNothingPlainAsync(record, server);
        await office.VerifyTreeAsync();
    }

    [Fact]
    public async Task Erasure_WhoseCommitFails_LeavesTheRequestOpen_AndTheNextOneIsRecorded()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var request = await office.VerifiedAsync(RequestKinds.Erase, Member, "statement-canary");
        await using (var connection = await record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var erasing = office.EraseAsync(request);
            while (!erasing.IsCompleted)
            {
                record.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(20);
            }

            await Assert.ThrowsAsync<RecordUnavailableException>(() => erasing);
        }

        Assert.Empty((await office.Requests.FindAsync(request, CancellationToken.None))!.Proof);
        Assert.Equal("what it asks for is not done", (await office.Requests.FulfilAsync(request, "erased", Office.Ada, CancellationToken.None)).Refusal);
        Assert.Single((await office.EraseAsync(request)).Request!.Proof);
        Assert.Null((await office.StreamAsync(Member))[0].Opened);
    }

    [Fact]
    public async Task Statement_AfterAnErasureInAnotherProcess_Opens()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var request = await office.VerifiedAsync(RequestKinds.Erase, Member);
        using var keys = KeyStore.Open(record.Keys.Location);
        using var store = new RecordStore(record.Database, keys, record.Time);
        var elsewhere = new SubjectRequests(store, record.Time);
        await elsewhere.FileAsync(Stating("before"), Office.Ada, CancellationToken.None);
        Assert.Null((await office.EraseAsync(request)).Refusal);
        // No time has passed: the other process remembers the secret that is gone.
        await elsewhere.FileAsync(Stating("after"), Office.Ada, CancellationToken.None);
        Assert.Equal([(null, false), ("after", true)], (await StatementsAsync(record)).Select(entry => (TextOf(entry), entry.Opened is not null)));
    }

    [Fact]
    public async Task Statements_WhileErasuresGoOn_OpenWhereTheyComeAfterTheLast()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var request = await office.VerifiedAsync(RequestKinds.Erase, Member);
        using var keys = KeyStore.Open(record.Keys.Location);
        using var store = new RecordStore(record.Database, keys, record.Time);
        var elsewhere = new SubjectRequests(store, record.Time);
        for (var round = 0; round < 25; round++)
        {
            var (stating, erasing) = (Task.Run(() => elsewhere.FileAsync(Stating("round"), Office.Ada, CancellationToken.None)), Task.Run(() => office.EraseAsync(request)));
            await stating;
            var last = (await erasing).Request!.Proof[^1];
            Assert.All(await StatementsAsync(record), entry => Assert.Equal(entry.Index > last, entry.Opened is not null));
        }
    }

    private static RequestFiling Stating(string text) => new(RequestKinds.Correct, KnownBy.Member, Member, "letter", text);

    private static string? TextOf(ReadingRecord.StreamEntry entry) => (entry.Opened?.Event as SubjectStated)?.Text;

    // Found by their token, which says what they are also where they do not open; read by a third process.
    private static async Task<IReadOnlyList<ReadingRecord.StreamEntry>> StatementsAsync(Record record)
    {
        using var store = new RecordStore(record.Database, record.Keys, record.Time);
        await using var connection = await record.Database.OpenConnectionAsync();
        return await new ReadingRecord.RecordStreams(store).ReadAsync(connection, [store.Vault.Find(new People.Person(People.PersonClass.Member, Member))!.Stream], ["subject-stated"], CancellationToken.None);
    }

    [Fact]
    public async Task Years_WhoseKeysHaveEnded_OpenNoMore_AndTheTreeHolds()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00f"), 0, 3, _ => Member));
        record.Time.Advance(TimeSpan.FromDays(365));
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00f"), 3, 2, _ => Member));
        Assert.All(await OpensAsync(office), entry => Assert.True(entry.Opens));

        record.Keys.End("person/member-access-2026");
        Assert.Equal([false, false, false, true, true], (await office.StreamAsync(Member)).Select(entry => entry.Opened is not null));
        Assert.Equal(3, (await record.AllAsync()).Events.Count(line => line.Kind == ReadingRecord.RecordLine.Unreadable));
        await office.VerifyTreeAsync();
    }

    [Fact]
    public async Task Search_FindsWhatIsThere_InTablesAndInTheWriteAheadLog()
    {
        using var server = await PostgresServer.StartAsync();
        await using var record = await Record.CreateWholeAsync(server);
        await using (var plant = record.Database.CreateCommand($"create table kp.planted as select '{Member}'::text as name"))
            await plant.ExecuteNonQueryAsync();
        var found = await FoundAsync(record, server, Encoding.UTF8.GetBytes(Member));
        Assert.Contains(found, file => file.Contains("pg_wal", StringComparison.Ordinal));
        Assert.Contains(found, file => file.Contains("base", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<(string Kind, bool Opens)>> OpensAsync(Office office) =>
        [.. (await office.StreamAsync(Member)).Select(entry => (Kind: entry.Opened is { } opened ? EventKinds.Of(opened.Event) : "", Opens: entry.Opened is not null)).OrderBy(entry => entry.Kind, StringComparer.Ordinal)];

    private static async Task HoldNothingPlainAsync(Record record, PostgresServer server)
    {
        // As text too: a page may hold a value compressed.
        var dump = await AtRestTests.DumpAsync(record);
        foreach (var name in Planted)
        {
            Assert.DoesNotContain(name, dump, StringComparison.OrdinalIgnoreCase);
            var bytes = Encoding.UTF8.GetBytes(name);
            Assert.Empty(await FoundAsync(record, server, bytes, Encoding.UTF8.GetBytes(Convert.ToBase64String(bytes).TrimEnd('=')[..^1]), Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes))));
        }
    }

    // Every file of the server, after all that it holds in memory was written.
    private static async Task<IReadOnlyList<string>> FoundAsync(Record record, PostgresServer server, params byte[][] needles)
    {
        await using (var checkpoint = record.Database.CreateCommand("checkpoint"))
            await checkpoint.ExecuteNonQueryAsync();
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories))
        {
            var content = await File.ReadAllBytesAsync(file);
            if (needles.Any(needle => content.AsSpan().IndexOf(needle) >= 0))
                found.Add(file);
        }

        return found;
    }
}
