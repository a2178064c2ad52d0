using System.Text.Json;
using KpTelemetry.Query.Tests;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>What <c>GET /api/v1/live</c> shows to whoever connects now: rows of the site's table as they were released, and nothing else.</summary>
internal static class LiveView
{
    /// <summary>Of a day of the world. To whoever watches, minutes go by from one look at the clock to the next, so that the view ends.</summary>
    public static TimeProvider Clock(DateOnly day) => new Hasty(new DateTimeOffset(day, new TimeOnly(12, 0), TimeSpan.Zero));

    public static async Task AssertShowsAsync(QueryService service, IReadOnlyList<Row> rows)
    {
        using var response = await service.GetAsync("/api/v1/live?site=sample");
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("event: open", events[0], StringComparison.Ordinal);
        Assert.Equal(
            rows.Where(row => row.Table == Table.Site && row.Label.Length == 0 && row["visitors"] is not null).Select(Text).Order(StringComparer.Ordinal),
            events.Skip(1).Select(Text).Order(StringComparer.Ordinal));
    }

    private static string Text(Row row) =>
        $"{AnswerModel.Hours(row)} {row["requests"]} {row["bytes"]} {row["errors"]} {row["page_views"]} {row["visitors"]}";

    private static string Text(string told)
    {
        var lines = told.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ", 2)).ToDictionary(line => line[0], line => line[1]);
        Assert.Equal(["event", "data", "id"], lines.Keys);
        using var step = JsonDocument.Parse(lines["data"]);
        Assert.Equal(["site", "at", "hours", "requests", "bytes", "errors", "pageViews", "visitors"], step.RootElement.EnumerateObject().Select(property => property.Name));
        return string.Join(' ', step.RootElement.EnumerateObject().Skip(2).Select(property => property.Value.ToString()));
    }

    private sealed class Hasty(DateTimeOffset now) : TimeProvider
    {
        private long _minutes;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => Interlocked.Add(ref _minutes, 6) * TimeSpan.TicksPerMinute;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
