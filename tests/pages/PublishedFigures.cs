using System.Globalization;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Service.Tests;
using Xunit;

namespace KpTelemetry.Pages.Tests;

/// <summary>Releases of a site, put where the publisher puts them.</summary>
public sealed class PublishedFigures(RunningService service) : IAsyncLifetime
{
    public static readonly DateOnly Newest = new(2026, 3, 14);

    /// <summary>Visitors of the first release, over its five days.</summary>
    public const int Visitors = 500;

    private long _attempt;

    public async ValueTask InitializeAsync() =>
        await ReleaseAsync(Enumerable.Range(0, 5).SelectMany(day => Day(Newest.AddDays(-day))));

    /// <summary>Releases further visitors of the newest day.</summary>
    public Task ReleaseStepAsync(int visitors) => ReleaseAsync([Row(Newest, Table.Site, string.Empty, visitors)]);

    private static IEnumerable<string> Day(DateOnly day)
    {
        yield return Row(day, Table.Site, string.Empty, 100);
        foreach (var (table, labels) in Labels)
        {
            foreach (var (label, index) in labels.Select((label, index) => (label, index)))
                yield return Row(day, table, label, 60 - (20 * index));
        }
    }

    private static readonly (Table Table, string[] Labels)[] Labels =
    [
        (Table.Page, ["/", "/appointments"]), (Table.Referrer, ["(direct)", "search.example"]), (Table.Country, ["US", "MX"]),
        (Table.Browser, ["Firefox 140", "Chrome 140"]), (Table.Os, ["Windows 10", "iOS 19"]), (Table.Device, ["desktop", "phone"]),
        (Table.Status, ["200", "404"]), (Table.Method, ["GET", "POST"]), (Table.Agent, ["human", "bot"]), (Table.Bot, ["Googlebot"]),
    ];

    private static string Row(DateOnly day, Table table, string label, int visitors) => string.Create(
        CultureInfo.InvariantCulture,
        $"('2026-03-01', {{0}}, '{RunningService.Site}', '{day:yyyy-MM-dd}', {table.Id}, 9, 9, '{label}', {visitors * 5}, {visitors * 900}, 0, {visitors * 2}, {visitors})");

    private async Task ReleaseAsync(IEnumerable<string> rows)
    {
        var attempt = ++_attempt;
        var values = string.Join(", ", rows.Select(row => string.Format(CultureInfo.InvariantCulture, row, attempt)));
        await service.Service<ClickHouseStore>().ExecuteAsync($"INSERT INTO published SETTINGS async_insert = 0 VALUES {values}", CancellationToken.None);
        await using var command = service.Database.CreateCommand(
            "with made as (insert into kp.attempts (attempt, target, done) values ($1, 'published', true)) " +
            "insert into kp.releases (site, number, epoch, through_seq, rows, digest, attempt, done_at) values ($2, $1, 1, $1, 1, '', $1, now())");
        command.Parameters.Add(new() { Value = attempt });
        command.Parameters.Add(new() { Value = RunningService.Site });
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
