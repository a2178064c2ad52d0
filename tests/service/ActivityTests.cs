using System.Net;
using System.Net.Http.Json;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Access;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>What the staff did and whose sign-ons failed, asked by staff, which is on the record as well.</summary>
public sealed class ActivityTests(RunningService service)
{
    [Fact]
    public async Task Activity_IsToldAsFarAsItIsProjected_AndLeadsToTheEntries()
    {
        using (await service.SignedOnAsync(Roles.Security, "activity-ada"))
        using (var ada = service.Client(Roles.Security, "activity-ada"))
        {
            ada.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "legal");
            foreach (var path in (string[])["/api/v1/lattice", "/api/v1/audit/export?format=csv&recipient=regulator", "/api/v1/pipeline"])
                (await ada.GetAsync(new Uri(path, UriKind.Relative))).Dispose();
        }

        await ProjectAsync();

        using var client = service.Client(Roles.Security, "activity-reader");
        var activity = (await client.GetFromJsonAsync<StaffActivity>("/api/v1/audit/activity?limit=1000"))!;
        var told = activity.Staff.Single(staff => staff.User == "activity-ada");
        Assert.Equal(new ActivityCounts(SignOns: 1, FailedSignOns: 0, Queries: 1, Exports: 1, GrantsUsed: 0, Refused: 1, Other: 0), told.Counts);
        Assert.True(activity.AsOf.At > service.Time.GetUtcNow().AddDays(-1) && activity.AsOf.Entries > 2);
        var entries = (await client.GetFromJsonAsync<RecordPage>($"/api/v1/audit/activity/{told.Access}"))!;
        Assert.Equal(["staff-queried", "staff-queried", "staff-queried", "signed-on"], entries.Events.Select(line => line.Kind));

        var lines = await service.LinesOfAsync("activity-reader");
        Assert.Equal(["/api/v1/audit/activity", "/api/v1/audit/activity/{handle}"], lines.Select(line => line.Resource));
        Assert.Equal("activity of activity-ada", lines[1].Query);
    }

    [Fact]
    public async Task Failures_AreToldByAccountAndHour()
    {
        for (var i = 0; i < 3; i++)
            await service.Service<AccessRecord>().RecordSignOnAsync(new StaffSignOn { User = "failures-bob", Step = StaffSignOnStep.Failed }, CancellationToken.None);
        await ProjectAsync();
        using var client = service.Client(Roles.Privacy, "failures-reader");
        var failures = (await client.GetFromJsonAsync<SignOnFailures>("/api/v1/audit/failures"))!;
        var told = failures.Staff.Single(one => one.User == "failures-bob");
        Assert.Equal((3, 1, 3), (told.Failures, told.Hours, told.InWorst));
        Assert.Equal(0, told.Worst.Minute);
        using var entries = await client.GetAsync(new Uri($"/api/v1/audit/activity/{told.Access}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, entries.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/audit/activity?from=2026-01-31T08:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/audit/activity?limit=1001", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/audit/failures?to=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/audit/failures?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/audit/activity/nobody", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/audit/activity/nobody?from=then", HttpStatusCode.BadRequest)]
    public async Task Ask_Wrongly_IsAnsweredWithAProblem(string path, HttpStatusCode status)
    {
        using var client = service.Client(Roles.Security, "activity-wrong");
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("/api/v1/audit/failures?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z")]
    [InlineData("/api/v1/audit/activity?from=0001-01-01&to=9999-12-31")]
    [InlineData("/api/v1/audit/events?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z&limit=1")]
    [InlineData("/activity?from=0001-01-01&last=9999-12-31&before=9223372036854775807")]
    public async Task Ask_FromTheFirstTimeThereIsToTheLast_IsAnswered(string path)
    {
        using var client = path.StartsWith("/api", StringComparison.Ordinal) ? service.Client(Roles.Security, "activity-all") : await service.SignedOnAsync(Roles.Security, "activity-all");
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    // The processors do that all the time; here none run.
    private async Task ProjectAsync()
    {
        var wanted = await service.Service<RecordReader>().ReadAsync(new RecordQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, null, 1000), CancellationToken.None);
        await using var keeper = new ActivityKeeper(service.Service<RecordStore>());
        while (await keeper.LookAsync(CancellationToken.None) is not { Generations: [.., { Entries: var entries }] } || entries <= wanted.Events.Max(line => line.Index))
            await Task.Delay(50);
    }
}
