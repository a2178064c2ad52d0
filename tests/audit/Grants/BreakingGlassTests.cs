using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.ReviewingAccess;
using Xunit;

namespace KpTelemetry.Audit.Tests.Grants;

/// <summary>A look at a member's record by breaking the glass is a case from the moment it is recorded, until another person has reviewed it.</summary>
public sealed class BreakingGlassTests
{
    private static readonly Act Ann = new("ann", "security", "api", "trace");
    private static readonly Act Pam = new("pam", "privacy", "api", "trace");
    private static readonly ReviewAccess Justified = new("justified", "the ward was closed");

    [Fact]
    public async Task Look_IsACaseAtOnce_ThatAnotherPersonReviews_AndBecomesOverdue()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        await LookAsync(record, Look("ann", "member-1") with { ShowsRecord = true });
        Assert.Equal(["staff-queried", "record-read", "break-glass-read"], (await record.AllAsync()).Events.OrderBy(line => line.Index).Select(line => line.Kind));
        var open = Assert.Single(await book.OpenAsync(CancellationToken.None));
        Assert.Equal((GrantState.Looked, "ann", "C-1", "member-1", true, 1), (open.State, open.Asker, open.Case, open.Scope.Member, open.AwaitsReview, open.Uses));
        Assert.False(open.IsOverdue(Now(record)));
        record.Time.Advance(GrantLimits.ReviewedWithin);
        await book.EndDueAsync(CancellationToken.None);
        Assert.True(Assert.Single(await book.OpenAsync(CancellationToken.None)).IsOverdue(Now(record)));

        Assert.Equal(RefusalKind.Forbidden, (await book.ReviewAsync(open.Id, Justified, Ann with { Role = "privacy" }, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await book.ReviewAsync(open.Id, Justified, Pam with { User = "Member-1" }, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal("justified", (await book.ReviewAsync(open.Id, Justified, Pam, CancellationToken.None)).Grant!.Verdict);
        Assert.Empty(await book.OpenAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Looks_OfOneReaderMemberAndNumber_AreOneCase_AndWhatComesAfterItsReviewAnother()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        await LookAsync(record, Look("ann", "member-1"));
        record.Time.Advance(TimeSpan.FromHours(1));
        await LookAsync(record, Look("Ann", "member-1") with { ShowsRecord = true });
        var open = Assert.Single(await book.OpenAsync(CancellationToken.None));
        Assert.Equal((2, Record.Start + GrantLimits.ReviewedWithin, Record.Start.AddHours(1)), (open.Uses, open.ReviewBy, open.Scope.To));
        foreach (var other in (StaffRead[])[Look("bob", "member-1"), Look("ann", "member-2"), Look("ann", "member-1") with { Case = "C-2" }])
            await LookAsync(record, other);
        Assert.Equal(4, (await book.OpenAsync(CancellationToken.None)).Count);

        for (var reviewed = 1; reviewed <= 2; reviewed++)
        {
            var mine = (await book.OpenAsync(CancellationToken.None)).Single(grant => grant is { Case: "C-1", Scope.Member: "member-1" } && Grant.IsSame("ann", grant.Asker));
            Assert.Null((await book.ReviewAsync(mine.Id, Justified, Pam, CancellationToken.None)).Refusal);
            Assert.Equal(3, (await book.OpenAsync(CancellationToken.None)).Count);
            await LookAsync(record, Look("ann", "member-1"));
            var next = (await book.OpenAsync(CancellationToken.None))[^1];
            Assert.Equal((1, Now(record) + GrantLimits.ReviewedWithin), (next.Uses, next.ReviewBy));
            Assert.NotEqual(mine.Id, next.Id);
        }
    }

    [Fact]
    public async Task Looks_AtOnce_MakeOneCase_AndNoneIsLost()
    {
        await using var record = await Record.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LookAsync(record, Look("ann", "member-1"))));
        Assert.Equal(8, Assert.Single(await Book(record).OpenAsync(CancellationToken.None)).Uses);
    }

    [Fact]
    public async Task Look_WhileItsCaseIsReviewed_IsUnderTheReview_OrACaseOfItsOwn()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        for (var round = 0; round < 25; round++)
        {
            var look = Look("ann", "member-1") with { Case = $"C-{round}" };
            await LookAsync(record, look);
            var id = Assert.Single(await book.OpenAsync(CancellationToken.None)).Id;
            await Task.WhenAll(Task.Run(() => LookAsync(record, look)), Task.Run(() => book.ReviewAsync(id, Justified, Pam, CancellationToken.None)));
            var last = (await record.AllAsync()).Events.Where(line => line.Kind is "break-glass-read" or "access-reviewed").MaxBy(line => line.Index)!;
            var open = await book.OpenAsync(CancellationToken.None);
            Assert.Equal(last.Kind == "access-reviewed" ? 0 : 1, open.Count);
            foreach (var other in open)
                await book.ReviewAsync(other.Id, Justified, Pam, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Looks_MoreThanOneCaseHolds_GoOnInAnother()
    {
        await using var record = await Record.CreateAsync();
        for (var i = 0; i <= GrantLimits.MostUses; i++)
            await LookAsync(record, Look("ann", "member-1"));
        Assert.Equal([GrantLimits.MostUses, 1], (await Book(record).OpenAsync(CancellationToken.None)).Select(grant => grant.Uses));
    }

    [Fact]
    public async Task Look_AtAMemberOfWhomNoNameOpens_IsACaseToo()
    {
        await using var record = await Record.CreateAsync();
        var handles = new MemberHandles(record.Store);
        var found = await new MemberReader(record.Store, handles).ReadAsync(handles.Make("nobody-yet", "ann"), "ann", new TimelineQuery(DateTimeOffset.UnixEpoch, Record.Start.AddYears(1), null, 10), CancellationToken.None);
        Assert.Null(found!.Member);
        await LookAsync(record, Look("ann", null) with { Handle = found.Handle, ShowsRecord = true });
        // It is the case of the look by name, if there was one.
        await LookAsync(record, Look("ann", "nobody-yet"));
        Assert.Equal(2, Assert.Single(await Book(record).OpenAsync(CancellationToken.None)).Uses);
    }

    [Fact]
    public async Task Look_NotTaken_NotOfAMember_OrForAnotherPurpose_IsNone()
    {
        await using var record = await Record.CreateAsync();
        foreach (var other in (StaffRead[])[Look("ann", "member-1") with { Allowed = false }, Look("ann", "member-1") with { Purpose = "legal" }, Look("ann", null)])
            await LookAsync(record, other);
        Assert.Equal(["staff-queried", "staff-queried", "staff-queried"], (await record.AllAsync()).Events.Select(line => line.Kind));
    }

    [Fact]
    public async Task Case_IsNoGrant()
    {
        await using var record = await Record.CreateAsync();
        var book = Book(record);
        await LookAsync(record, Look("ann", "member-1"));
        var id = Assert.Single(await book.OpenAsync(CancellationToken.None)).Id;
        Assert.Equal(RefusalKind.Over, (await book.CheckAsync(id, Ann, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Conflict, (await book.GiveAsync(id, Pam, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Conflict, (await book.EndAsync(id, Pam, CancellationToken.None)).Refusal!.Kind);
        Assert.Empty(await book.NewestAsync(10, CancellationToken.None));
    }

    private static GrantBook Book(Record record) => new(record.Store, record.Time, TimeSpan.FromMinutes(2));

    private static DateTimeOffset Now(Record record) => record.Time.GetUtcNow();

    private static Task LookAsync(Record record, StaffRead look) => new AccessRecord(record.Store, record.Time, TimeSpan.FromMinutes(2)).RecordReadAsync(look, CancellationToken.None);

    private static StaffRead Look(string user, string? member) => new()
    {
        User = user, Role = "security", Resource = "/api/v1/audit/members/lookup", Purpose = AskGrant.BreakGlass, Case = "C-1", Correlation = "trace", Subject = member,
    };
}
