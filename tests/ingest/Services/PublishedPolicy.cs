using System.Globalization;
using System.Text.Json.Nodes;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Ingest.Tests.Services;

/// <summary>Puts a revision where published ones lie.</summary>
public static class PublishedPolicy
{
    /// <summary>The built-in revision with other values, in effect from a day on; ingest has read it when this returns.</summary>
    public static async Task PublishAsync(IngestServer ingest, DateOnly effective, params (string Key, JsonNode Value)[] values)
    {
        var document = JsonNode.Parse(PolicyBook.BuiltIn.Document)!;
        var day = effective.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (document["revision"], document["noticeFrom"], document["effectiveFrom"]) = (PolicyRevision.NameOf(effective), day, day);
        foreach (var (key, value) in values)
            document["values"]![key] = value;
        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        await using var command = database.CreateCommand("insert into kp.policies (revision, document, notice_from, effective_from, published_at) values ($1, $2, $3, $3, now())");
        command.Parameters.Add(new() { Value = PolicyRevision.NameOf(effective) });
        command.Parameters.Add(new() { Value = document.ToJsonString() });
        command.Parameters.Add(new() { Value = effective });
        await command.ExecuteNonQueryAsync();
        await ingest.Get<PolicyDirectory>().RefreshAsync(CancellationToken.None);
    }
}
