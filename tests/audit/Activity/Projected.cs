using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using Xunit;

namespace KpTelemetry.Audit.Tests.Activity;

/// <summary>A record with the projection of it, and who reads that.</summary>
internal static class Projected
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly DateOnly Whole = new(2100, 1, 1);

    /// <summary>Looks until something holds.</summary>
    public static async Task UntilAsync(ActivityKeeper keeper, Func<ActivityLook, bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        for (var look = await keeper.LookAsync(patience.Token); !holds(look); look = await keeper.LookAsync(patience.Token))
            await Task.Delay(Pause, patience.Token);
    }

    /// <summary>Looks until the generation that answers has the whole record, and no other is being built.</summary>
    public static Task UntilLevelAsync(ActivityKeeper keeper) => UntilAsync(keeper, look => look.Generations is [{ Answers: true, Behind: 0 }]);

    public static Task<StaffActivity> ActivityAsync(Record record, long? before = null, int limit = 1000) =>
        new ActivityReader(record.Store, record.Reader).ReadAsync(new ActivityQuery(DateOnly.MinValue, Whole, before, limit), "reader", CancellationToken.None);

    public static Task<SignOnFailures> FailuresAsync(Record record, int limit = 1000) =>
        new FailureReader(record.Store).ReadAsync(new FailureQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200), limit), "reader", CancellationToken.None);

    /// <summary>All that is answered, but for handles, which are others each time, and how far it goes.</summary>
    public static async Task<string> AnswersAsync(Record record)
    {
        var (activity, failures) = (await ActivityAsync(record), await FailuresAsync(record));
        return System.Text.Json.JsonSerializer.Serialize(new
        {
            activity.Days,
            Staff = activity.Staff.Select(staff => staff with { Access = "" }),
            OfDays = failures.Days,
            OfStaff = failures.Staff.Select(one => one with { Access = "" }),
            OfMembers = failures.Members.Select(one => one with { Access = "" }),
        });
    }

    /// <summary>Puts some days of a house on the record: what members did, the ends of most of their sessions, staff.</summary>
    public static async Task FillAsync(Record record, int members = 400)
    {
        var source = new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00c");
        await record.AppendAsync([.. Enumerable.Range(0, members).Select(i => MemberAccess.FromLine(source, Record.Told($"member-{i % 37}", i * 60, action: i % 10 == 0 ? "sign-on-failed" : "service-accessed")))]);
        foreach (var user in (string[])["ada", "bob"])
        {
            await record.Reads.RecordSignOnAsync(new StaffSignOn { User = user, Step = StaffSignOnStep.SignedOn }, CancellationToken.None);
            await record.Reads.RecordReadAsync(ReadingTests.Read(user), CancellationToken.None);
        }

        foreach (var member in (string[])["member-1", "member-2", "member-1"])
            await record.Reads.RecordReadAsync(ReadingTests.Read("ada") with { Subject = member, ShowsRecord = true }, CancellationToken.None);
        await record.Reads.RecordReadAsync(ReadingTests.Read("ada") with { Resource = "/api/v1/audit/export" }, CancellationToken.None);
        await record.Reads.RecordReadAsync(ReadingTests.Read("ada") with { Allowed = false }, CancellationToken.None);
        await record.Reads.RecordSignOnAsync(new StaffSignOn { User = StaffSignOn.Unknown, Step = StaffSignOnStep.Failed }, CancellationToken.None);
    }
}
