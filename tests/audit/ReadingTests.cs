using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Tests.Engines;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

public sealed class ReadingTests
{
    internal static StaffRead Read(string user) => new() { User = user, Role = "analyst", Resource = "/api/v1/query", Query = "{\"site\":\"sample\"}", Case = "C-17", Purpose = "quality", Correlation = "trace" };

    [Fact]
    public async Task Read_IsOnTheRecordWithWhoWhatWhenAndWhy()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(Read("ada@example.org"), CancellationToken.None);
        var line = Assert.Single((await record.AllAsync("staff-queried")).Events);
        Assert.Equal(
            ("ada@example.org", "analyst", "/api/v1/query", "{\"site\":\"sample\"}", "C-17", "quality", "success", "staff"),
            (line.User, line.Role, line.Resource, line.Query, line.Case, line.Purpose, line.Outcome, line.Who));
        Assert.True(line.RecordedAt >= line.At.AddSeconds(-1));
    }

    [Fact]
    public async Task Read_Refused_HasAnotherOutcome()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(Read("ada") with { Allowed = false }, CancellationToken.None);
        Assert.Equal("refused", Assert.Single((await record.AllAsync()).Events).Outcome);
    }

    [Fact]
    public async Task Read_OfAMembersRecord_IsInBothStreams_EachNameUnderItsOwnKeys()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(Read("ada") with { Subject = "member-1", ShowsRecord = true }, CancellationToken.None);
        await record.Reads.RecordReadAsync(Read("ada") with { Subject = "member-2" }, CancellationToken.None);
        await record.Reads.RecordReadAsync(Read("ada") with { Subject = "member-2", ShowsRecord = true, Allowed = false }, CancellationToken.None);
        Assert.Equal([("staff-queried", "member-1"), ("staff-queried", "member-2"), ("staff-queried", "member-2")], await OfAsync(record, new Person(PersonClass.Staff, "ada"), NamedAs.Subject));
        Assert.Equal([("record-read", "ada")], await OfAsync(record, new Person(PersonClass.Member, "member-1"), NamedAs.Actor));
        Assert.Empty(await OfAsync(record, new Person(PersonClass.Member, "member-2"), NamedAs.Actor));
    }

    private static async Task<IEnumerable<(string Kind, string? Other)>> OfAsync(Record record, Person person, string role)
    {
        await using var connection = await record.Database.OpenConnectionAsync();
        var entries = await new RecordStreams(record.Store).ReadAsync(connection, [record.Store.Vault.Find(person)!.Stream], -1, 10, CancellationToken.None);
        return entries.Select(entry => (EventKinds.Of(entry.Opened!.Event), entry.Opened.Others[role]));
    }

    [Fact]
    public async Task Reads_OfOnePersonAtOnce_AllGetIn()
    {
        await using var record = await Record.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None)));
        Assert.Equal(20, (await record.AllAsync()).Events.Count);
        Assert.Equal(1, await record.ScalarAsync<long>("select count(*) from audit.mt_streams"));
        Assert.Equal(0, await record.Reader.CountAccessAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Read_WhenTheDatabaseIsDown_IsUnavailable()
    {
        using var server = await PostgresServer.StartAsync();
        await using var record = await Record.CreateAsync(server);
        server.Kill();
        await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None));
        await server.RestartAsync();
        record.Database.Clear();
        await record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None);
        Assert.Single((await record.AllAsync()).Events);
    }

    [Fact]
    public async Task Read_WhenTheDatabaseHangs_IsCutOffByTheDeadline()
    {
        await using var record = await Record.CreateAsync(deadline: TimeSpan.FromMilliseconds(300));
        await using var connection = await record.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table audit.head in access exclusive mode", connection, transaction))
            await hold.ExecuteNonQueryAsync();

        await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None));

        await transaction.RollbackAsync();
        Assert.Empty((await record.AllAsync()).Events);
    }

    [Fact]
    public async Task Read_WhenTheKeyStoreHangs_IsCutOffByTheDeadline()
    {
        await using var record = await Record.CreateAsync(deadline: TimeSpan.FromSeconds(1));
        using (DirectoryLock.Take(Path.Combine(record.Keys.Location, "people")))
            await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(Read("never-met"), CancellationToken.None));
        Assert.Empty((await record.AllAsync()).Events);
    }

    [Fact]
    public async Task Read_WhenTheKeyOfTheYearHasEnded_IsUnavailable()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None);
        record.Keys.End(KeyNames.Person("staff", "access", Record.Start.Year));
        await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(Read("ada"), CancellationToken.None));
    }

    [Fact]
    public async Task Ticket_SignsOnOnce_AlsoWhenUsedAtOnce()
    {
        await using var record = await Record.CreateAsync();
        var signOn = new StaffSignOn { User = "ada", Step = StaffSignOnStep.SignedOn };
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => record.Reads.TryRecordTicketAsync(signOn, "one", CancellationToken.None)));
        Assert.Single(taken, first => first);
        Assert.Equal("signed-on", Assert.Single((await record.AllAsync()).Events).Kind);
        Assert.True(await record.Reads.TryRecordTicketAsync(signOn, "two", CancellationToken.None));
    }

    [Fact]
    public async Task Pages_ShowEachEntryOnceNewestFirst()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b002"), 0, 25));
        var shown = new List<long>();
        long? next = null;
        do
        {
            var page = await record.AllAsync(before: next, limit: 7);
            shown.AddRange(page.Events.Select(line => line.At.ToUnixTimeSeconds()));
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(25, shown.Count);
        Assert.Equal(shown.OrderDescending(), shown);
    }
}
