using System.Text;
using System.Text.Json;
using KpTelemetry.Audit.Exporting;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>Entries in the forms that other programs take.</summary>
public sealed class ExportingTests
{
    private static RecordLine Line(string kind = "staff-queried") => new()
    {
        Index = 17,
        Kind = kind,
        At = Record.Start,
        RecordedAt = Record.Start.AddMilliseconds(1250),
        Handle = new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b010"),
        Who = "staff",
        User = "ada",
        Outcome = Outcomes.Refused,
        Channel = "api",
        Origin = "query-api",
        Resource = "/api/v1/audit/events",
        Role = "security",
        Purpose = "break-glass",
        Case = "C-17",
        Query = "free text that may name anybody",
        Correlation = "trace",
    };

    [Fact]
    public void Fhir_HasWhatAnAuditEventMustHave()
    {
        using var resource = JsonDocument.Parse(Fhir(Line()));
        var root = resource.RootElement;
        Assert.Equal(("AuditEvent", "17", "R", "4", "2026-03-14T09:00:01.250Z"), (Text(root, "resourceType"), Text(root, "id"), Text(root, "action"), Text(root, "outcome"), Text(root, "recorded")));
        Assert.Equal("rest", Text(root.GetProperty("type"), "code"));
        Assert.Equal("staff-queried", Text(root.GetProperty("subtype")[0], "code"));
        Assert.Equal("BTG", Text(root.GetProperty("purposeOfEvent")[0].GetProperty("coding")[0], "code"));
        var agent = root.GetProperty("agent")[0];
        Assert.True(agent.GetProperty("requestor").GetBoolean());
        Assert.Equal("ada", Text(agent.GetProperty("who").GetProperty("identifier"), "value"));
        Assert.Equal("query-api", Text(root.GetProperty("source").GetProperty("observer"), "display"));
        Assert.Equal(["/api/v1/audit/events", "C-17", "trace"], root.GetProperty("entity").EnumerateArray().Select(entity => Text(entity.GetProperty("what").GetProperty("identifier"), "value")));
    }

    // DICOM PS3.15, A.5.3: what 110136 says is a kind of 110113, and no event of its own.
    [Theory]
    [InlineData("signed-off", "110114", "User Authentication")]
    [InlineData("key-ended", "110113", "Security Alert")]
    [InlineData("record-read", "rest", "RESTful Operation")]
    public void Fhir_TypesAreThoseOfTheirCodeSystems(string kind, string code, string display)
    {
        using var resource = JsonDocument.Parse(Fhir(Line(kind)));
        var type = resource.RootElement.GetProperty("type");
        Assert.Equal((code, display), (Text(type, "code"), Text(type, "display")));
    }

    [Theory]
    [InlineData(Outcomes.Success, "0")]
    [InlineData(Outcomes.Failure, "4")]
    [InlineData(Outcomes.Refused, "4")]
    public void Fhir_SuccessAndFailure_HaveDifferentCodes(string outcome, string code) =>
        Assert.Equal(code, Text(JsonDocument.Parse(Fhir(Line() with { Outcome = outcome })).RootElement, "outcome"));

    [Fact]
    public void EveryForm_OfEveryKind_IsOneOfItsKind_AndLeavesFreeTextOut()
    {
        foreach (var line in EventKinds.All.Append(RecordLine.Unreadable).Select(Line))
        {
            var (fhir, ocsf, csv) = (Fhir(line), Encoding.UTF8.GetString(OcsfEvent.Of(line)), CsvLines.Of(line));
            Assert.Equal(CsvLines.Header.Count(letter => letter == ','), csv.Count(letter => letter == ','));
            foreach (var form in (string[])[fhir, ocsf, csv])
            {
                Assert.DoesNotContain("free text", form, StringComparison.Ordinal);
                Assert.Contains(line.Kind, form, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', form.TrimEnd('\r', '\n'));
            }

            using var told = JsonDocument.Parse(ocsf);
            Assert.Equal(told.RootElement.GetProperty("type_uid").GetInt32(), (told.RootElement.GetProperty("class_uid").GetInt32() * 100) + told.RootElement.GetProperty("activity_id").GetInt32());
        }
    }

    [Fact]
    public void Forms_OfAnUnreadableEntry_TellThatItIsThere()
    {
        var line = new RecordLine { Index = 3, Kind = RecordLine.Unreadable, At = Record.Start, RecordedAt = Record.Start, Handle = default };
        Assert.Contains("\"unreadable\"", Fhir(line), StringComparison.Ordinal);
        Assert.DoesNotContain("outcome", Fhir(line), StringComparison.Ordinal);
        Assert.StartsWith("3,unreadable,2026-03-14T09:00:00.000Z,", CsvLines.Of(line), StringComparison.Ordinal);
        Assert.Equal("3", JsonDocument.Parse(OcsfEvent.Of(line)).RootElement.GetProperty("metadata").GetProperty("uid").GetString());
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")]
    [InlineData("@sum(1,2)", "\"'@sum(1,2)\"")]
    [InlineData("-1", "'-1")]
    [InlineData("\n=1+1", "\"'\n=1+1\"")]
    [InlineData(" =1+1", "' =1+1")]
    [InlineData("\u00A0@sum(1)", "'\u00A0@sum(1)")]
    [InlineData("\uFF1D1+1", "'\uFF1D1+1")]
    [InlineData("\uFF0B1", "'\uFF0B1")]
    [InlineData("with \"quotes\"", "\"with \"\"quotes\"\"\"")]
    [InlineData("plain", "plain")]
    public void Csv_IsNoProgram(string given, string written) => Assert.Contains($",{written},", CsvLines.Of(Line() with { Case = given }), StringComparison.Ordinal);

    // FHIR has no empty text; an account of no role has one in the record.
    [Fact]
    public void Fhir_OfAnAccountOfNoRole_HasNoEmptyText()
    {
        var told = Fhir(Line() with { Role = string.Empty, Case = string.Empty, Channel = string.Empty, Origin = string.Empty, Site = string.Empty, Purpose = string.Empty, User = string.Empty });
        Assert.DoesNotContain("\"\"", told, StringComparison.Ordinal);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Fhir(RecordLine line)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            FhirAuditEvent.Write(json, line);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
