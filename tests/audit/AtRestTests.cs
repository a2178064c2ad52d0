using System.Text;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>What a dump of the database would hold.</summary>
public sealed class AtRestTests
{
    private static readonly string[] Planted = ["mrn-4711-canary", "carer-4712-canary", "child-4713-canary", "/my/oncology-canary", "ada-canary", "question-canary", "case-canary", "event-canary"];

    [Fact]
    public async Task Tables_HoldNoPlainNameServiceQueryOrCase()
    {
        await using var record = await Record.CreateAsync();
        var told = Record.Told(Planted[0], 1, Planted[3]);
        (told.Actor, told.OnBehalfOf, told.EventId) = (Planted[1], Planted[2], Planted[7]);
        await record.AppendAsync([MemberAccess.FromPortal("portal", told)]);
        await record.Reads.RecordReadAsync(new StaffRead { User = Planted[4], Role = "security", Resource = "/api/v1/audit/events", Query = Planted[5], Case = Planted[6], Correlation = "trace" }, CancellationToken.None);
        await record.Reads.RecordSignOnAsync(new StaffSignOn { User = Planted[4], Step = StaffSignOnStep.Failed }, CancellationToken.None);

        var dump = await DumpAsync(record);
        foreach (var name in (string[])[.. Planted, "healthy.kaiserpermanente.org", "service-accessed", "staff-queried", "security"])
        {
            Assert.DoesNotContain(name, dump, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(name)).TrimEnd('=')[..^1], dump, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(name)), dump, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Dump_WouldShowANameInClear()
    {
        await using var record = await Record.CreateAsync();
        await using (var plant = record.Database.CreateCommand("create table audit.planted as select 'mrn-4711-canary'::text as name"))
            await plant.ExecuteNonQueryAsync();
        Assert.Contains(Planted[0], await DumpAsync(record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lengths_OfShortAndLongNames_AreTheSame()
    {
        await using var record = await Record.CreateAsync();
        await record.Reads.RecordReadAsync(ReadingTests.Read("a"), CancellationToken.None);
        await record.Reads.RecordReadAsync(ReadingTests.Read("abigail.longest"), CancellationToken.None);
        Assert.Equal(1, await record.ScalarAsync<long>("select count(distinct length(data->>'body')) from audit.mt_events"));
    }

    internal static async Task<string> DumpAsync(Record record)
    {
        var dump = new StringBuilder();
        foreach (var table in await TablesAsync(record.Database))
        {
            await using var command = record.Database.CreateCommand($"select row_to_json(t)::text from {table} as t");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                dump.AppendLine(reader.GetString(0));
        }

        return dump.ToString();
    }

    private static async Task<List<string>> TablesAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'");
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return tables;
    }
}
