using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.Storing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KpTelemetry.Audit.Tests.Grants;

/// <summary>Grants in the record as it is stored.</summary>
public sealed class GrantBookTests
{
    private static readonly Act Ann = new("ann", "security", "api", "trace");
    private static readonly Act Pam = new("pam", "privacy", "api", "trace");

    [Fact]
    public async Task Grant_GoesItsWay_AndEachStepIsOnTheRecord()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1", lines: 10), Ann, CancellationToken.None)).Grant!;
        Assert.Equal(RefusalKind.Forbidden, (await book.CheckAsync(asked.Id, Ann, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await book.GiveAsync(asked.Id, Ann with { Role = "privacy" }, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await book.GiveAsync(asked.Id, Pam with { User = "Member-1" }, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal("member-1", (await book.GiveAsync(asked.Id, Pam, CancellationToken.None)).Grant!.Scope.Member);
        Assert.Equal(RefusalKind.Conflict, (await book.GiveAsync(asked.Id, Pam, CancellationToken.None)).Refusal!.Kind);

        await UseAsync(book, asked.Id, ("member-1", 4));
        Assert.Equal(RefusalKind.Conflict, (await UseAsync(book, asked.Id, ("member-1", 7))).Refusal!.Kind);
        var used = (await UseAsync(book, asked.Id, ("member-1", 6))).Grant!;
        Assert.Equal((GrantState.Ended, "use", 10, 2), (used.State, used.EndedBy, used.LinesRead, used.Uses));
        Assert.Equal(RefusalKind.Over, (await book.CheckAsync(asked.Id, Ann, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(used, await book.FindAsync(asked.Id, CancellationToken.None));

        var kinds = (await record.AllAsync()).Events.OrderBy(line => line.Index).Select(line => line.Kind);
        Assert.Equal(["grant-asked", "grant-given", "grant-used", "staff-queried", "identified-lines-read", "grant-used", "grant-ended", "staff-queried", "identified-lines-read"], kinds);
    }

    [Fact]
    public async Task Lines_AreToldToEachMemberConcerned()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask(member: null), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(asked.Id, Pam, CancellationToken.None);
        await UseAsync(book, asked.Id, ("member-1", 4), ("member-2", 1));

        var handles = new MemberHandles(record.Store);
        foreach (var (member, lines) in new[] { ("member-1", 4), ("member-2", 1) })
        {
            var found = await new MemberReader(record.Store, handles).ReadAsync(handles.Make(member, "x"), "x", new TimelineQuery(DateTimeOffset.UnixEpoch, Record.Start.AddYears(1), null, 10), CancellationToken.None);
            var entry = Assert.Single(found!.Timeline.Events);
            Assert.Equal(("identified-lines-read", "ann", lines, "security-investigation", "C-1"), (entry.Kind, entry.Actor, entry.Lines, entry.Purpose, entry.Case));
        }
    }

    [Fact]
    public async Task Commands_AtOnce_DoNotBothWin()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1"), Ann, CancellationToken.None)).Grant!;
        var decided = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? book.GiveAsync(asked.Id, Pam, CancellationToken.None) : book.RefuseAsync(asked.Id, null, Pam, CancellationToken.None)));
        Assert.Single(decided, answer => answer.Refusal is null);

        var other = (await book.AskAsync(Ask("member-1", lines: 100), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(other.Id, Pam, CancellationToken.None);
        var used = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => UseAsync(book, other.Id, ("member-1", 40))));
        Assert.Equal(2, used.Count(answer => answer.Refusal is null));
        Assert.Equal(80, (await book.FindAsync(other.Id, CancellationToken.None))!.LinesRead);
    }

    [Fact]
    public async Task Time_EndsGrants_AndReviewsThatWaitStayOpenAndBecomeOverdue()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var given = (await book.AskAsync(Ask("member-1"), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(given.Id, Pam, CancellationToken.None);
        var broken = (await book.AskAsync(Ask("member-2") with { Purpose = AskGrant.BreakGlass }, Ann, CancellationToken.None)).Grant!;
        Assert.Equal(GrantState.Given, broken.State);
        Assert.Equal([given.Id, broken.Id], (await book.OpenAsync(CancellationToken.None)).Select(grant => grant.Id));

        record.Time.Advance(TimeSpan.FromHours(8));
        Assert.Equal(RefusalKind.Over, (await book.CheckAsync(given.Id, Ann, CancellationToken.None)).Refusal!.Kind);
        await book.EndDueAsync(CancellationToken.None);
        await book.EndDueAsync(CancellationToken.None);
        Assert.Equal(2, (await record.AllAsync("grant-ended")).Events.Count);
        var open = Assert.Single(await book.OpenAsync(CancellationToken.None));
        Assert.Equal((broken.Id, "time", false), (open.Id, open.EndedBy, open.IsOverdue(record.Time.GetUtcNow())));

        record.Time.Advance(TimeSpan.FromHours(64));
        Assert.True((await book.OpenAsync(CancellationToken.None))[0].IsOverdue(record.Time.GetUtcNow()));
        var review = new ReviewAccess("justified", "the ward was closed");
        Assert.Equal(RefusalKind.Forbidden, (await book.ReviewAsync(broken.Id, review, Ann with { Role = "privacy" }, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal("justified", (await book.ReviewAsync(broken.Id, review, Pam, CancellationToken.None)).Grant!.Verdict);
        Assert.Equal(RefusalKind.Conflict, (await book.ReviewAsync(broken.Id, review, Pam, CancellationToken.None)).Refusal!.Kind);
        Assert.Empty(await book.OpenAsync(CancellationToken.None));
    }

    // A part sealed for one person, of the smallest size, is 356 bytes; the member's is the last.
    [Theory]
    [InlineData("grant-asked", "set_byte(body, length(body) - 1, 255 - get_byte(body, length(body) - 1))")]
    [InlineData("grant-asked", "substr(body, 1, length(body) - 356)")]
    [InlineData("grant-used", "set_byte(body, 200, 255 - get_byte(body, 200))")]
    public async Task Grant_WithAnEntryThatDoesNotOpen_GivesNothing(string kind, string changed)
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1", lines: 10), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(asked.Id, Pam, CancellationToken.None);
        Assert.Null((await UseAsync(book, asked.Id, ("member-1", 4))).Refusal);
        var index = Assert.Single((await record.AllAsync(kind)).Events).Index;
        await using (var attack = record.Database.CreateCommand(
            $"update audit.mt_events m set data = jsonb_build_object('body', replace(encode({changed}, 'base64'), chr(10), '')) " +
            $"from (select seq_id, decode(data->>'body', 'base64') as body from audit.mt_events) as was where was.seq_id = m.seq_id and m.seq_id = (select seq from audit.entries where index = {index})"))
            Assert.Equal(1, await attack.ExecuteNonQueryAsync());

        Assert.Equal(RefusalKind.Unknown, (await book.CheckAsync(asked.Id, Ann, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Unknown, (await UseAsync(book, asked.Id, ("member-2", 1))).Refusal!.Kind);
    }

    // As a database superuser: each leaves a grant that by its entries can be read with, and mostly for more lines than it can.
    [Theory]
    [InlineData("delete from audit.entries where index = 4")]
    [InlineData("delete from audit.entries where index in (2, 4)")]
    [InlineData("update audit.entries set stream = (select stream from audit.entries where index = 3) where index = 4")]
    [InlineData("update audit.entries set index = 100 where index = 4")]
    [InlineData(
        "update audit.mt_events set data = (select data from audit.mt_events m join audit.entries e on e.seq = m.seq_id where e.index = 2) where seq_id = (select seq from audit.entries where index = 4); " +
        "update audit.entries set at = (select at from audit.entries where index = 2) where index = 4")]
    public async Task Grant_OfWhichAUseWasTakenAway_GivesNothingMore(string attack)
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1", lines: 10), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(asked.Id, Pam, CancellationToken.None);
        Assert.Null((await UseAsync(book, asked.Id)).Refusal);
        record.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await UseAsync(book, asked.Id, ("member-1", 9))).Refusal);
        Assert.Equal("grant-used", (await record.AllAsync()).Events.Single(line => line.Index == 4).Kind);

        await ExecuteAsync(record, attack);
        Assert.Null((await book.CheckAsync(asked.Id, Ann, CancellationToken.None)).Refusal);
        Assert.Equal(RefusalKind.Over, (await UseAsync(book, asked.Id, ("member-1", 1))).Refusal!.Kind);
        Assert.Single((await record.AllAsync("identified-lines-read")).Events);
    }

    [Theory]
    [InlineData("hand")]
    [InlineData("time")]
    [InlineData("use")]
    [InlineData("review")]
    public async Task Grant_WhoseEndWasTakenAway_GivesNothingMore(string end)
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1", lines: 10) with { Purpose = AskGrant.BreakGlass }, Ann, CancellationToken.None)).Grant!;
        Assert.Null((await UseAsync(book, asked.Id, ("member-1", 1))).Refusal);
        Assert.Single(Directory.GetFiles(Path.Combine(record.Keys.Location, "grants")));
        if (end == "time")
            record.Time.Advance(TimeSpan.FromHours(8));
        await (end switch
        {
            "hand" => book.EndAsync(asked.Id, Ann, CancellationToken.None),
            "use" => UseAsync(book, asked.Id, ("member-1", 9)),
            "review" => book.ReviewAsync(asked.Id, new ReviewAccess("justified", null), Pam, CancellationToken.None),
            _ => book.EndDueAsync(CancellationToken.None),
        });
        Assert.Equal(end, (await book.FindAsync(asked.Id, CancellationToken.None))!.EndedBy);
        Assert.Empty(Directory.GetFiles(Path.Combine(record.Keys.Location, "grants")));

        await ExecuteAsync(record, $"delete from audit.entries where index >= {Assert.Single((await record.AllAsync("grant-ended")).Events).Index - (end == "use" ? 1 : 0)}");
        Assert.Equal(GrantState.Given, (await book.FindAsync(asked.Id, CancellationToken.None))!.State);
        // Nor where the clock was set back too.
        var again = new GrantBook(record.Store, new FakeTimeProvider(Record.Start), TimeSpan.FromMinutes(2));
        Assert.Null((await again.CheckAsync(asked.Id, Ann, CancellationToken.None)).Refusal);
        Assert.Equal(RefusalKind.Over, (await UseAsync(again, asked.Id, ("member-1", 1))).Refusal!.Kind);
    }

    [Fact]
    public async Task Grant_WhoseReadingWasNotCommitted_GivesNothingMore()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-1"), Ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(asked.Id, Pam, CancellationToken.None);
        await ExecuteAsync(record, "create function public.fail() returns trigger language plpgsql as 'begin raise exception ''no''; end'; create constraint trigger fail after insert on audit.entries deferrable initially deferred for each row execute function public.fail()");
        await Assert.ThrowsAsync<RecordingReads.RecordUnavailableException>(() => UseAsync(book, asked.Id, ("member-1", 1)));
        await ExecuteAsync(record, "drop trigger fail on audit.entries");
        Assert.Equal(RefusalKind.Over, (await UseAsync(book, asked.Id, ("member-1", 1))).Refusal!.Kind);
        Assert.Null((await book.EndAsync(asked.Id, Ann, CancellationToken.None)).Refusal);
    }

    [Fact]
    public async Task Cases_BreakGlassIsThere_HoweverManyGrantsWereAskedForBefore()
    {
        await using var record = await Record.CreateAsync();
        await using (var connection = await record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var asked = Ask(member: null).Decide(Ann, Record.Start).Events[0];
            await record.Store.Appender.AppendAsync(transaction, [.. Enumerable.Range(0, 1000).Select(i => new Draft(GrantStreams.CaseOf($"{i:x32}"), asked))], access: false, CancellationToken.None);
            await transaction.CommitAsync();
        }

        record.Time.Advance(TimeSpan.FromMinutes(1));
        var broken = (await Book(record).AskAsync(Ask("member-2") with { Purpose = AskGrant.BreakGlass }, Ann, CancellationToken.None)).Grant!;
        var open = await Book(record).OpenAsync(CancellationToken.None);
        Assert.Equal((1000, broken.Id), (open.Count, open[^1].Id));
    }

    [Fact]
    public async Task Tables_HoldNothingOfAGrantInClear()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        var asked = (await book.AskAsync(Ask("member-canary") with { Purpose = AskGrant.BreakGlass, Case = "case-canary" }, new Act("ann-canary", "security", "api", "trace"), CancellationToken.None)).Grant!;
        await book.ReviewAsync(asked.Id, new ReviewAccess("unjustified", "why-canary"), Pam, CancellationToken.None);
        var dump = await AtRestTests.DumpAsync(record);
        Assert.All(["member-canary", "case-canary", "ann-canary", "why-canary", asked.Id, "break-glass", "unjustified", "kp.org"], name => Assert.DoesNotContain(name, dump, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1001, 8)]
    [InlineData(10, 0)]
    [InlineData(10, 169)]
    public async Task Ask_OutsideTheBounds_IsUnusable(int lines, int hours)
    {
        await using var record = await Record.CreateAsync();
        Assert.Equal(RefusalKind.Unusable, (await Book(record).AskAsync(Ask("member-1", lines, hours), Ann, CancellationToken.None)).Refusal!.Kind);
        Assert.Empty((await record.AllAsync()).Events);
    }

    private static async Task ExecuteAsync(Record record, string sql)
    {
        await using var command = record.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static GrantBook Book(Record record) => new(record.Store, record.Time, TimeSpan.FromMinutes(2));

    private static AskGrant Ask(string? member, int lines = 100, int hours = 8) =>
        new("security-investigation", "C-1", new GrantScope(member, "kp.org", Record.Start.AddDays(-1), Record.Start), lines, hours);

    private static Task<GrantAnswer> UseAsync(GrantBook book, string id, params (string Member, int Lines)[] lines) =>
        book.UseAsync(id, Ann, ReadingTests.Read("ann"), lines.ToDictionary(line => line.Member, line => line.Lines), CancellationToken.None);
}
