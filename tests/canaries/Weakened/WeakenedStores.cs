using System.Globalization;
using System.Text;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.EndToEnd.Tests.Stacks;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Npgsql;

namespace KpTelemetry.Canaries.Tests.Weakened;

/// <summary>Writes what a build would write that left a stage out, through the product's own writers.</summary>
internal static class WeakenedStores
{
    private const string Site = "sample";

    private static readonly string[] PublishedColumns =
        ["release_month", "attempt", "site", "day", "table", "hour_from", "hour_to", "label", "requests", "bytes", "errors", "page_views", "visitors"];

    private static readonly string[] PendingColumns = ["log_day", "attempt", "site", "day", "table", "hour", "label"];

    /// <summary>Pages whose labels are paths as they were sent, released.</summary>
    public static async Task PublishUnminimisedAsync(KpStack stack, DateOnly day)
    {
        await using var database = NpgsqlDataSource.Create(stack.Postgres);
        await using var command = database.CreateCommand("select kp.new_attempt('published')");
        var attempt = (long)(await command.ExecuteScalarAsync())!;
        var rows = new RowBinaryWriter();
        foreach (var canary in PlantedLeaks.All)
        {
            rows.Write(new DateOnly(2026, 1, 1));
            rows.WriteUInt64(attempt);
            rows.Write(Site);
            rows.Write(day);
            foreach (var number in (byte[])[2, 0, 0])
                rows.Write(number);
            rows.Write($"/{canary.Sent}");
            for (var figure = 0; figure < 5; figure++)
                rows.WriteNullableUInt64(20);
        }

        await InsertAsync(stack, "published", PublishedColumns, rows, attempt);
        await using var release = database.CreateCommand(
            string.Create(CultureInfo.InvariantCulture, $"insert into kp.releases select '{Site}', 1000, 1, 1, 1, '', {attempt}, now(); update kp.attempts set done = true where attempt = {attempt}"));
        await release.ExecuteNonQueryAsync();
    }

    /// <summary>Pending cells whose labels are not sealed.</summary>
    public static async Task CountUnsealedAsync(KpStack stack, DateOnly day)
    {
        var rows = new RowBinaryWriter();
        foreach (var canary in PlantedLeaks.All)
        {
            rows.Write(day);
            rows.WriteUInt64(0);
            rows.Write(Site);
            rows.Write(day);
            rows.Write(2);
            rows.Write(0);
            rows.Write(canary.Sent);
        }

        await InsertAsync(stack, "pending", PendingColumns, rows, 0);
    }

    /// <summary>A group that is compressed as the product does it, and not sealed.</summary>
    public static async Task SendUnsealedAsync(KpStack stack)
    {
        var home = Directory.CreateTempSubdirectory("kp-weakened-");
        try
        {
            var batch = new EventBatchWriter();
            var section = batch.Section(new SiteStamp { Name = Site });
            foreach (var canary in PlantedLeaks.All)
                batch.Add(section, new EventRow { Path = batch.Value(Encoding.UTF8.GetBytes($"/{canary.Sent}")) });
            using var keys = KeyStore.Open(home.FullName);
            using var sealer = new GroupSealer(keys);
            var body = sealer.Compress(batch.Finish().Span);
            using var producer = new RecordProducer(stack.Kafka, Topics.Raw, 1 << 24);
            var stored = new TaskCompletionSource<ProduceReport>(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(producer.TryProduce(0, body, stored.SetResult));
            Assert.True((await stored.Task).IsStored);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <summary>Books by what a client called its site, of a topic that no processor knows: it may not have entered its own yet.</summary>
    public static async Task EnterUncheckedSitesAsync(KpStack stack)
    {
        await using var database = NpgsqlDataSource.Create(stack.Postgres);
        await using var command = database.CreateCommand(
            "insert into kp.books select $2, 0, site, '00000000-0000-0000-0000-000000000000', 'rejected', 1, 1 from unnest($1::text[]) as site");
        var sites = PlantedLeaks.All.Select(canary => canary.Sent).Distinct(StringComparer.Ordinal).ToArray();
        command.Parameters.AddWithValue(sites);
        command.Parameters.AddWithValue(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        Assert.Equal(sites.Length, await command.ExecuteNonQueryAsync());
    }

    private static async Task InsertAsync(KpStack stack, string table, string[] columns, RowBinaryWriter rows, long attempt)
    {
        using var store = new ClickHouseStore(new ClickHouseOptions { Connection = $"Host=127.0.0.1;Port={stack.ClickHouse.Port.ToString(CultureInfo.InvariantCulture)}" });
        await new MarkedInserts(store, table, columns, TimeProvider.System).InsertAsync(attempt, rows.Written, CancellationToken.None);
    }
}
