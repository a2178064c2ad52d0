using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Tests.Engines;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests.Activity;

/// <summary>The projection is made anew beside the one that answers, whatever happens meanwhile.</summary>
public sealed class RebuildTests
{
    [Fact]
    public async Task Rebuild_WhileOthersReadAndAppend_NeverAnswersFewer_AndEndsWithEqualNumbers()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record, members: 12_000);
        await Projected.UntilLevelAsync(keeper);

        using var stop = new CancellationTokenSource();
        var reading = ReadOnAsync(record, stop.Token);
        Assert.True(await new Generations(record.Store).TryBeginAsync(CancellationToken.None));
        Assert.False(await new Generations(record.Store).TryBeginAsync(CancellationToken.None));
        var appending = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await record.Reads.RecordReadAsync(ReadingTests.Read("late"), CancellationToken.None);
        });
        int? switched = null;
        await Projected.UntilAsync(keeper, look => (switched ??= look.Switched) is not null);
        await appending;
        await Projected.UntilLevelAsync(keeper);
        await stop.CancelAsync();

        Assert.True(await reading > 3, "reads went on meanwhile");
        var after = await Projected.ActivityAsync(record);
        Assert.Equal(("late", 20), (after.Staff[0].User, after.Staff[0].Counts.Queries));
        Assert.Equal(switched, Assert.Single(await new Generations(record.Store).ReadAsync(CancellationToken.None)).Number);
        await new Generations(record.Store).TryBeginAsync(CancellationToken.None);
        var right = await Projected.AnswersAsync(record);
        await Projected.UntilAsync(keeper, look => look.Switched is not null);
        Assert.Equal(right, await Projected.AnswersAsync(record));
        foreach (var table in (string[])["acts", "failures", "looks", "acted"])
            Assert.Equal(0L, await record.ScalarAsync<long>($"select count(*) from audit.{table} where generation <= {switched}"));
    }

    [Fact]
    public async Task Rebuild_OfTablesThatSomebodyChanged_MakesThemRight()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record);
        await Projected.UntilLevelAsync(keeper);
        var right = await Projected.AnswersAsync(record);
        foreach (var change in (string[])["update audit.acts set count = count + 7", "delete from audit.failures where who = 1", "update audit.looks set staff = '00000000-0000-0000-0000-000000000001'", "delete from audit.acted"])
            await ExecuteAsync(record, change);
        Assert.NotEqual(right, await Projected.AnswersAsync(record));

        await new Generations(record.Store).TryBeginAsync(CancellationToken.None);
        await Projected.UntilAsync(keeper, look => look.Switched is not null);
        Assert.Equal(right, await Projected.AnswersAsync(record));
    }

    [Fact]
    public async Task AnotherVersionOfTheProgram_BuildsByItself_AndTheOldOneAnswersUntilThen()
    {
        await using var record = await Record.CreateAsync();
        await Projected.FillAsync(record);
        await using (var old = new ActivityKeeper(record.Store))
            await Projected.UntilLevelAsync(old);
        var right = await Projected.AnswersAsync(record);
        await ExecuteAsync(record, "update audit.generations set version = 0");
        // What a version before it had begun to build is of no use.
        await ExecuteAsync(record, "insert into audit.generations (version, answers) values (0, false)");

        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.UntilAsync(keeper, look => look.Switched is not null);
        Assert.Equal(ActivityProjection.Version, Assert.Single(await new Generations(record.Store).ReadAsync(CancellationToken.None)).Version);
        Assert.Equal(right, await Projected.AnswersAsync(record));
    }

    [Fact]
    public async Task Keepers_OneAtATime_TheOtherTakesOver()
    {
        await using var record = await Record.CreateAsync();
        await Projected.FillAsync(record);
        var first = new ActivityKeeper(record.Store);
        await using var second = new ActivityKeeper(record.Store);
        await first.LookAsync(CancellationToken.None);
        Assert.Empty((await second.LookAsync(CancellationToken.None)).Generations);
        await Projected.UntilLevelAsync(first);
        var right = await Projected.AnswersAsync(record);
        await first.DisposeAsync();
        await Projected.UntilLevelAsync(second);
        Assert.Equal(right, await Projected.AnswersAsync(record));
    }

    [Fact]
    public async Task Projection_ThroughCrashesOfTheDatabase_CountsEachEntryOnce()
    {
        using var server = await PostgresServer.StartAsync();
        await using var record = await Record.CreateAsync(server);
        await Projected.FillAsync(record, members: 12_000);
        await using var keeper = new ActivityKeeper(record.Store);
        for (var crash = 0; crash < 3; crash++)
        {
            await keeper.LookAsync(CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(150 * crash), CancellationToken.None);
            server.Kill();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => keeper.LookAsync(CancellationToken.None));
            await server.RestartAsync();
            record.Database.Clear();
        }

        await Projected.UntilLevelAsync(keeper);
        var through = await Projected.AnswersAsync(record);
        Assert.Equal(1200, (await Projected.FailuresAsync(record)).Members.Sum(one => one.Failures));
        await new Generations(record.Store).TryBeginAsync(CancellationToken.None);
        await Projected.UntilAsync(keeper, look => look.Switched is not null);
        Assert.Equal(through, await Projected.AnswersAsync(record));
    }

    [Fact]
    public async Task Projection_ThatCannotBeWritten_SaysSo_AndGoesOnAfterwards()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await keeper.LookAsync(CancellationToken.None);
        await ExecuteAsync(record, "alter table audit.failures rename to away");
        await Projected.FillAsync(record);
        string? failure = null;
        await Projected.UntilAsync(keeper, look => (failure ??= look.Failure) is not null);
        Assert.Equal(nameof(PostgresException), failure);
        await ExecuteAsync(record, "alter table audit.away rename to failures");
        await Projected.UntilLevelAsync(keeper);
        Assert.Equal((40, 4), ((await Projected.FailuresAsync(record)).Members.Sum(one => one.Failures), (await Projected.ActivityAsync(record)).Staff.Single(staff => staff.User == "ada").Counts.Queries));
    }

    [Fact]
    public async Task Projection_OverAnAppendThatWasRolledBack_LosesNothing()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        for (var i = 0; i < 3; i++)
        {
            await record.Reads.RecordReadAsync(ReadingTests.Read("ada"), CancellationToken.None);
            await record.Reads.WarmUpAsync(CancellationToken.None);
            await keeper.LookAsync(CancellationToken.None);
        }

        await record.Reads.RecordReadAsync(ReadingTests.Read("ada"), CancellationToken.None);
        Assert.True(await record.ScalarAsync<long>("select max(seq_id) from audit.mt_events") > 4, "appends that were rolled back left gaps");
        await Projected.UntilLevelAsync(keeper);
        Assert.Equal(4, Assert.Single((await Projected.ActivityAsync(record)).Staff).Counts.Queries);
    }

    // How many reads there were; each of no fewer than the one before.
    private static async Task<int> ReadOnAsync(Record record, CancellationToken stop)
    {
        var (reads, queries, failures, entries) = (0, 0L, 0L, 0L);
        for (; !stop.IsCancellationRequested; reads++)
        {
            var activity = await Projected.ActivityAsync(record);
            var failed = (await Projected.FailuresAsync(record)).Members.Sum(one => one.Failures);
            var asked = activity.Staff.Sum(staff => staff.Counts.Queries);
            Assert.True(asked >= queries && failed >= failures && activity.AsOf.Entries >= entries, $"read {reads}: {asked} after {queries}, {failed} after {failures}, {activity.AsOf.Entries} after {entries}");
            (queries, failures, entries) = (asked, failed, activity.AsOf.Entries);
        }

        return reads;
    }

    private static async Task ExecuteAsync(Record record, string sql)
    {
        await using var command = record.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
