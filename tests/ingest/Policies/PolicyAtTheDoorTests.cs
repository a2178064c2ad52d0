using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas;
using Npgsql;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Policies;

/// <summary>The revision in force at an event's receipt is stamped on it, and says which times are taken.</summary>
public sealed class PolicyAtTheDoorTests
{
    [Fact]
    public async Task An_event_is_stamped_with_the_revision_in_force_at_its_receipt_and_not_with_one_to_come()
    {
        await using var ingest = await IngestServer.StartAsync();
        var today = Days.Today;
        await SendAsync(ingest, Days.Now);
        await PublishedPolicy.PublishAsync(ingest, today.AddDays(3));
        await SendAsync(ingest, Days.Now);
        await PublishedPolicy.PublishAsync(ingest, today);
        await SendAsync(ingest, Days.Now);
        Assert.Equal(["20170913", "20170913", $"{today:yyyyMMdd}"], ingest.ReadTopic().Where(group => group.Rows.Count > 0).OrderBy(group => group.Header.ReceivedToMs).Select(group => group.Rows[0].Policy));
    }

    [Fact]
    public async Task The_revision_bounds_how_far_a_time_may_be_ahead_or_behind()
    {
        await using var ingest = await IngestServer.StartAsync();
        await PublishedPolicy.PublishAsync(ingest, new DateOnly(2026, 1, 1), ("aheadHours", 1), ("liveAgeDays", 2));
        await SendAsync(ingest, Days.Now.AddHours(2), Days.Now.AddMinutes(50), Days.Now.AddHours(-47), Days.Now.AddHours(-49));
        Assert.Equal([Reason.AheadOfClock, Reason.None, Reason.None, Reason.TooOld], ingest.ReadTopic().SelectMany(group => group.Rows).OrderBy(row => row.Position).Select(row => row.Reason));
    }

    [Fact]
    public async Task A_published_revision_cannot_be_changed_or_deleted()
    {
        await using var ingest = await IngestServer.StartAsync();
        await PublishedPolicy.PublishAsync(ingest, new DateOnly(2026, 1, 1));
        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        foreach (var sql in (string[])["update kp.policies set effective_from = '2027-01-01'", "delete from kp.policies"])
        {
            await using var command = database.CreateCommand(sql);
            Assert.Contains("never changes", (await Assert.ThrowsAsync<PostgresException>(command.ExecuteNonQueryAsync)).MessageText, StringComparison.Ordinal);
        }
    }

    private static class Days
    {
        public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

        public static DateOnly Today => DateOnly.FromDateTime(Now.UtcDateTime);
    }

    private static async Task SendAsync(IngestServer ingest, params DateTimeOffset[] times)
    {
        var lines = times.Select(at => FormattableString.Invariant($"198.51.100.7 - - [{at:dd/MMM/yyyy:HH:mm:ss} +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"A\"\n"));
        using var response = await ingest.Client.PostAsync("/v1/logs?site=kp.org&format=combined", new StringContent(string.Concat(lines)));
        response.EnsureSuccessStatusCode();
    }
}
