using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Tests.Engines;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

public sealed class RecordingAccessTests
{
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b001");

    [Fact]
    public async Task Append_TheSameLinesAgain_AreDuplicatesAndNothingIsAdded()
    {
        await using var record = await Record.CreateAsync();
        var lines = Record.Lines(Source, 0, 300);

        Assert.Equal(new Appended(300, 0), await record.AppendAsync(lines));
        Assert.Equal(new Appended(0, 300), await record.AppendAsync(lines));
        Assert.Equal(new Appended(50, 250), await record.AppendAsync(Record.Lines(Source, 50, 300)));

        Assert.Equal(350, await record.Reader.CountAccessAsync(CancellationToken.None));
        Assert.Equal(350, await record.ScalarAsync<long>("select count(*) from audit.mt_events"));
    }

    [Fact]
    public async Task Append_TwiceInOneBatch_IsOnceOnTheRecord()
    {
        await using var record = await Record.CreateAsync();
        var line = Record.Lines(Source, 7, 1)[0];
        Assert.Equal(new Appended(1, 2), await record.AppendAsync([line, line, line]));
    }

    [Fact]
    public async Task Append_EqualEventIdsOfTwoSenders_AreTwoEvents()
    {
        await using var record = await Record.CreateAsync();
        var told = Record.Told("member-1", 1);
        Assert.Equal(new Appended(1, 0), await record.AppendAsync([MemberAccess.FromPortal("portal-a", told)]));
        Assert.Equal(new Appended(1, 0), await record.AppendAsync([MemberAccess.FromPortal("portal-b", told)]));
        Assert.Equal(new Appended(0, 1), await record.AppendAsync([MemberAccess.FromPortal("portal-a", told)]));
    }

    [Fact]
    public async Task Append_OfALineWhosePlaceWasEnteredFromOutside_IsOnTheRecord()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 1));
        await using (var tamper = record.Database.CreateCommand(
            "insert into audit.identities select substring(identity for 16) || int8send(200) || substring(identity from 25) from audit.identities union all select substring(identity for 16) || int8send(400) from audit.identities"))
            await tamper.ExecuteNonQueryAsync();
        Assert.Equal(new Appended(2, 1), await record.AppendAsync(Record.Lines(Source, 0, 3)));
    }

    [Fact]
    public async Task Append_RolledBack_LeavesNothingAndCanBeRepeated()
    {
        await using var record = await Record.CreateAsync();
        var lines = Record.Lines(Source, 0, 40);
        await using (var connection = await record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await record.Recorder.AppendAsync(transaction, Record.Span(lines), CancellationToken.None);
            await transaction.RollbackAsync();
        }

        foreach (var table in new[] { "mt_events", "mt_streams", "identities", "entries", "subtrees", "sessions" })
            Assert.Equal(0, await record.ScalarAsync<long>($"select count(*) from audit.{table}"));
        Assert.Equal(new Appended(40, 0), await record.AppendAsync(lines));
        Assert.Equal(0, await record.ScalarAsync<long>("select min(index) from audit.entries"));
    }

    [Fact]
    public async Task Append_ByManyAtOnce_IsExactlyOnceWithoutGapOrDeadlock()
    {
        const int Writers = 6;
        await using var record = await Record.CreateAsync();
        // Every writer sends every line, in batches cut elsewhere, each in its own order of batches.
        var totals = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAllAsync(record, writer))));

        Assert.Equal(400, totals.Sum(total => total.Recorded));
        Assert.Equal(400 * (Writers - 1), totals.Sum(total => total.Duplicates));
        Assert.Equal(400, await record.Reader.CountAccessAsync(CancellationToken.None));
        Assert.Equal(399, await record.ScalarAsync<long>("select max(index) from audit.entries"));
        Assert.Equal(400, await record.ScalarAsync<long>("select count(*) from audit.entries join audit.mt_events on seq = seq_id"));
    }

    private static async Task<Appended> WriteAllAsync(Record record, int writer)
    {
        var size = 23 + (writer * 11);
        var batches = Record.Lines(Source, 0, 400).Chunk(size).ToArray();
        new Random(writer).Shuffle(batches);
        var (recorded, duplicates) = (0, 0);
        foreach (var batch in batches)
        {
            var appended = await record.AppendAsync(batch);
            (recorded, duplicates) = (recorded + appended.Recorded, duplicates + appended.Duplicates);
        }

        return new Appended(recorded, duplicates);
    }

    [Fact]
    public async Task Append_KilledServerAtAnyMoment_ReplayMakesItExact()
    {
        using var server = await PostgresServer.StartAsync();
        await using var record = await Record.CreateAsync(server);
        var batches = Record.Lines(Source, 0, 1200).Chunk(100).ToArray();
        for (var kill = 0; kill < 2; kill++)
        {
            var writing = Task.Run(async () =>
            {
                foreach (var batch in batches)
                    await record.AppendAsync(batch);
            });
            await Task.Delay(TimeSpan.FromMilliseconds(40 + (kill * 130)), TimeProvider.System);
            server.Kill();
            // It may have been through before the kill; else it fails as any statement does.
            await writing.ContinueWith(static _ => { }, TaskScheduler.Default);
            await server.RestartAsync();
            record.Database.Clear();
        }

        foreach (var batch in batches)
            await record.AppendAsync(batch);
        Assert.Equal(1200, await record.Reader.CountAccessAsync(CancellationToken.None));
        // Marten notes the numbers that a failed append had taken as events of its own: no entry may be one of those.
        Assert.Equal(1200, await record.ScalarAsync<long>("select count(*) from audit.mt_events where type <> 'tombstone'"));
        Assert.Equal(1200, await record.ScalarAsync<long>(
            "select count(distinct index) from audit.entries join audit.mt_events on seq = seq_id where type <> 'tombstone' and index < 1200"));
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, record.Keys.GetOrCreate(KeyNames.Checkpoints));
        Assert.Null((await new RecordVerifier(record.Store, CheckpointFile.Beside(record.Keys.Location), signer.Key).VerifyAsync(full: true, null, CancellationToken.None)).Finding);
    }

    [Fact]
    public async Task Append_OfOneMember_KeepsTheOrderInTheirStream()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 60, i => $"member-{i % 3}"));
        await record.AppendAsync(Record.Lines(Source, 60, 60, i => $"member-{i % 3}"));
        Assert.Equal(3, await record.ScalarAsync<long>("select count(*) from audit.mt_streams"));
        Assert.Equal(0, await record.ScalarAsync<long>(
            "select count(*) from (select e.at, lag(e.at) over (partition by e.stream order by m.version) as before from audit.entries e join audit.mt_events m on m.seq_id = e.seq) as told where at < before"));
    }

    [Theory]
    [InlineData("signed-on", "signed-on")]
    [InlineData("sign-on-failed", "sign-on-failed")]
    [InlineData("signed-off", "signed-off")]
    [InlineData("service-accessed", "service-accessed")]
    [InlineData("something-new", "service-accessed")]
    public async Task Append_EachAction_HasItsKind(string action, string kind)
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync([MemberAccess.FromLine(Source, Record.Told("member-1", 1, action: action))]);
        var line = Assert.Single((await record.AllAsync()).Events);
        Assert.Equal(kind, line.Kind);
        Assert.Equal("member", line.Who);
        Assert.Null(line.User);
        Assert.Equal("healthy.kaiserpermanente.org", line.Site);
        Assert.Equal(Record.Start.AddSeconds(1), line.At);
    }

    [Fact]
    public async Task Append_OfAnActForAnother_IsInTheTimelineOfEachWhoIsNamed_AndOneAccess()
    {
        await using var record = await Record.CreateAsync();
        var told = Record.Told("account", 1);
        (told.Actor, told.OnBehalfOf) = ("parent", "child");
        Assert.Equal(new Appended(1, 1), await record.AppendAsync([MemberAccess.FromPortal("portal", told), MemberAccess.FromPortal("portal", told)]));
        var itself = Record.Told("parent", 2);
        itself.OnBehalfOf = "child";
        await record.AppendAsync([MemberAccess.FromPortal("portal", itself)]);

        Assert.Equal(["service-accessed   parent child /my/appointments"], await TimelineAsync(record, "account"));
        Assert.Equal(["acted-for-another account actor  child /my/appointments", "service-accessed    child /my/appointments"], await TimelineAsync(record, "parent"));
        Assert.Equal(["acted-for-another account on-behalf-of parent  /my/appointments", "acted-for-another parent on-behalf-of   /my/appointments"], await TimelineAsync(record, "child"));
        Assert.Equal((2, 5), (await record.Reader.CountAccessAsync(CancellationToken.None), await record.ScalarAsync<long>("select entries from audit.head")));
        Assert.Equal([2, 3], (await record.AllAsync()).Events.GroupBy(line => line.Correlation!).Select(act => act.Count()).Order());
    }

    private static async Task<IEnumerable<string>> TimelineAsync(Record record, string member)
    {
        var handles = new MemberHandles(record.Store);
        var found = await new MemberReader(record.Store, handles).ReadAsync(handles.Make(member, "ada"), "ada", new TimelineQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, 100), CancellationToken.None);
        return found!.Timeline.Events.OrderBy(entry => entry.Index).Select(entry => $"{entry.Kind} {entry.Member} {entry.As} {entry.Actor} {entry.OnBehalfOf} {entry.Service}");
    }

    [Fact]
    public async Task ApplySchema_BySeveralServicesAtOnce_SucceedsForAll()
    {
        var server = await PostgresServer.SharedAsync();
        var connectionString = await server.CreateEmptyDatabaseAsync();
        var directory = Directory.CreateTempSubdirectory("audit-tests-keys-");
        using var keys = Platform.Keys.KeyStore.Open(directory.FullName);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(connectionString);
            using var store = new Storing.RecordStore(database, keys, TimeProvider.System);
            await store.ApplySchemaAsync(CancellationToken.None);
        })));
        await using var check = NpgsqlDataSource.Create(connectionString);
        await using var command = check.CreateCommand("select entries from audit.head");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Fields_OpenOnlyWhereTheyWereSealed()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(ReadingTests.Read("ada"), CancellationToken.None);
        await record.Reads.RecordReadAsync(ReadingTests.Read("bob"), CancellationToken.None);
        Assert.Equal(["ada", "bob"], (await record.AllAsync()).Events.Select(line => line.User).Order());

        await using (var swap = record.Database.CreateCommand(
            "update audit.mt_events as mine set data = other.data from audit.mt_events as other where other.seq_id <> mine.seq_id"))
            await swap.ExecuteNonQueryAsync();

        Assert.All((await record.AllAsync()).Events, line => Assert.Null(line.User));
    }
}
