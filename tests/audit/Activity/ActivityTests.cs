using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Platform.Keys;
using Xunit;

namespace KpTelemetry.Audit.Tests.Activity;

/// <summary>What the projection answers is what the record says.</summary>
public sealed class ActivityTests
{
    private static readonly RecordQuery All = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200), null, null, 100);

    [Fact]
    public async Task Staff_AreToldWithWhatTheyDid_TheNewestFirst()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record);
        await Projected.UntilLevelAsync(keeper);

        var activity = await Projected.ActivityAsync(record);
        Assert.Equal(["(unknown)", "ada", "bob"], activity.Staff.Select(staff => staff.User));
        Assert.Equal(new ActivityCounts(SignOns: 1, FailedSignOns: 0, Queries: 4, Exports: 1, GrantsUsed: 0, Refused: 1, Other: 0), activity.Staff[1].Counts);
        Assert.Equal((2, 0), (activity.Staff[1].MembersLookedAt, activity.Staff[2].MembersLookedAt));
        Assert.Equal(new ActivityCounts(1, 0, 1, 0, 0, 0, 0), activity.Staff[2].Counts);
        Assert.Equal(new ActivityCounts(2, 1, 5, 1, 0, 1, 0), Assert.Single(activity.Days).Counts);
        Assert.Equal((736, 0), (activity.AsOf.Entries, activity.AsOf.Behind));

        var first = await Projected.ActivityAsync(record, limit: 2);
        Assert.Equal(["bob"], (await Projected.ActivityAsync(record, first.Next, 2)).Staff.Select(staff => staff.User));
    }

    [Fact]
    public async Task Failures_AreToldByPerson_StaffAndMembersApart()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record);
        await Projected.UntilLevelAsync(keeper);

        var failures = await Projected.FailuresAsync(record);
        Assert.Equal(("(unknown)", 1), (Assert.Single(failures.Staff).User, failures.Staff[0].Failures));
        Assert.Equal((37, 40), (failures.Members.Count, failures.Members.Sum(one => one.Failures)));
        Assert.Equal(failures.Members.OrderByDescending(one => one.Failures).Select(one => one.Failures), failures.Members.Select(one => one.Failures));
        Assert.All(failures.Members, one => Assert.Null(one.User));
        Assert.Equal((1, 40), (failures.Days.Sum(day => day.Staff), failures.Days.Sum(day => day.Members)));
        Assert.Equal(Record.Start, (await FailuresAsync(record, Record.Start, Record.Start.AddHours(1))).Members[0].Worst);
        Assert.Equal(6, (await FailuresAsync(record, Record.Start, Record.Start.AddHours(1))).Members.Sum(one => one.Failures));
    }

    [Fact]
    public async Task Entries_OfAMemberOfStaff_AreThoseOfTheirStreamAndWhatTheyDidToCases()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        var (ann, pam) = (new Act("ann", "security", "api", "t"), new Act("pam", "privacy", "api", "t"));
        var book = new GrantBook(record.Store, TimeProvider.System, TimeSpan.FromMinutes(2));
        var now = TimeProvider.System.GetUtcNow();
        var grant = (await book.AskAsync(new AskGrant("legal", "C-1", new GrantScope("member-1", null, now.AddDays(-1), now)), ann, CancellationToken.None)).Grant!;
        await book.GiveAsync(grant.Id, pam, CancellationToken.None);
        await book.UseAsync(grant.Id, ann, ReadingTests.Read("ann"), new Dictionary<string, int> { ["member-1"] = 3 }, CancellationToken.None);
        await Projected.UntilLevelAsync(keeper);

        var activity = await Projected.ActivityAsync(record);
        var (ofAnn, ofPam) = (activity.Staff.Single(staff => staff.User == "ann"), activity.Staff.Single(staff => staff.User == "pam"));
        Assert.Equal((1, 1, 1), (ofAnn.Counts.Queries, ofAnn.Counts.GrantsUsed, ofAnn.MembersLookedAt));
        var reader = new ActivityReader(record.Store, record.Reader);
        var entries = (await reader.EntriesAsync(ofAnn.Access, "reader", All, CancellationToken.None))!;
        Assert.Equal(["grant-asked", "grant-used", "staff-queried"], entries.Events.Select(line => line.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(["grant-given"], (await reader.EntriesAsync(ofPam.Access, "reader", All, CancellationToken.None))!.Events.Select(line => line.Kind));

        var page = (await reader.EntriesAsync(ofAnn.Access, "reader", All with { Limit = 2 }, CancellationToken.None))!;
        var rest = (await reader.EntriesAsync(ofAnn.Access, "reader", All with { Limit = 2, Before = page.Next }, CancellationToken.None))!;
        Assert.Equal(entries.Events.Select(line => line.Index), page.Events.Concat(rest.Events).Select(line => line.Index));
    }

    [Fact]
    public async Task Handle_OpensForItsAccountAndItsClassOnly()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record);
        await Projected.UntilLevelAsync(keeper);
        var reader = new ActivityReader(record.Store, record.Reader);
        var (staff, member) = ((await Projected.ActivityAsync(record)).Staff[0].Access, (await Projected.FailuresAsync(record)).Members[0].Access);
        Assert.NotNull(await reader.EntriesAsync(staff, "reader", All, CancellationToken.None));
        Assert.Null(await reader.EntriesAsync(staff, "another", All, CancellationToken.None));
        Assert.Null(await reader.EntriesAsync(member, "reader", All, CancellationToken.None));
    }

    [Fact]
    public async Task Names_AreNotToldOnceTheirKeysHaveEnded_AndCountsAre()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await Projected.FillAsync(record);
        await Projected.UntilLevelAsync(keeper);
        record.Keys.End(KeyNames.Person("staff", "access", Record.Start.Year));
        var activity = await Projected.ActivityAsync(record);
        Assert.All(activity.Staff, staff => Assert.Null(staff.User));
        Assert.Equal(5, activity.Staff.Sum(staff => staff.Counts.Queries));
    }

    [Fact]
    public async Task Tables_HoldNoPlainName()
    {
        await using var record = await Record.CreateAsync();
        await using var keeper = new ActivityKeeper(record.Store);
        await record.Reads.RecordReadAsync(ReadingTests.Read("ada-canary") with { Subject = "member-canary", ShowsRecord = true }, CancellationToken.None);
        await Projected.UntilLevelAsync(keeper);
        Assert.Equal("ada-canary", Assert.Single((await Projected.ActivityAsync(record)).Staff).User);
        var dump = await AtRestTests.DumpAsync(record);
        Assert.Contains("activity-", dump, StringComparison.Ordinal);
        foreach (var name in (string[])["canary", "staff-queried", "record-read"])
            Assert.DoesNotContain(name, dump, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Answers_BeforeAnythingIsProjected_AreEmptyAndSayHowFarBehind()
    {
        await using var record = await Record.CreateAsync();
        await Projected.FillAsync(record);
        var activity = await Projected.ActivityAsync(record);
        Assert.Empty(activity.Staff);
        Assert.Equal(new ProjectedAsOf(null, 0, 736), activity.AsOf);
        Assert.Empty((await Projected.FailuresAsync(record)).Members);
    }

    private static Task<SignOnFailures> FailuresAsync(Record record, DateTimeOffset from, DateTimeOffset to) =>
        new FailureReader(record.Store).ReadAsync(new FailureQuery(from, to, 100), "reader", CancellationToken.None);
}
