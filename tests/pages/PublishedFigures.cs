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
        yield return Visits(day, Table.Site, string.Empty, 80);
        foreach (var table in new[] { Table.EntryPage, Table.Source })
        {
            yield return Visits(day, table, "/", 50);
            yield return Visits(day, table, "(other)", 30);
        }

        foreach (var source in new[] { "(direct)", "(campaign)", "search.example" })
            yield return Row(day, Table.PageSource, KpTelemetry.Schemas.Lattice.Labels.Pair("/", source).Replace("\n", "\\n", StringComparison.Ordinal), 15);
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

    private const string Columns =
        "release_month, attempt, site, day, `table`, hour_from, hour_to, label, requests, bytes, errors, page_views, visitors, visits, bounces, visit_seconds";

    private static string Row(DateOnly day, Table table, string label, int visitors) =>
        Row(day, table, label, $"{visitors * 5}, {visitors * 900}, 0, {visitors * 2}, {visitors}, null, null, null");

    private static string Visits(DateOnly day, Table table, string label, int visits) =>
        Row(day, table, label, $"null, null, null, null, null, {visits}, {visits / 4}, {visits * 90}");

    private static string Row(DateOnly day, Table table, string label, string figures) => string.Create(
        CultureInfo.InvariantCulture, $"('2026-03-01', {{0}}, '{RunningService.Site}', '{day:yyyy-MM-dd}', {table.Id}, 9, 9, '{label}', {figures})");

    private async Task ReleaseAsync(IEnumerable<string> rows)
    {
        var attempt = ++_attempt;
        var values = string.Join(", ", rows.Select(row => string.Format(CultureInfo.InvariantCulture, row, attempt)));
        await service.Service<ClickHouseStore>().ExecuteAsync($"INSERT INTO published ({Columns}) SETTINGS async_insert = 0 VALUES {values}", CancellationToken.None);
        await using var command = service.Database.CreateCommand(
            "with made as (insert into kp.attempts (attempt, target, done) values ($1, 'published', true)) " +
            "insert into kp.releases (site, number, epoch, through_seq, rows, digest, attempt, done_at) values ($2, $1, 1, $1, 1, '', $1, now())");
        command.Parameters.Add(new() { Value = attempt });
        command.Parameters.Add(new() { Value = RunningService.Site });
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
