using System.Security.Cryptography;
using System.Text.Json;
using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.HandlingRequests;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>The accounting of disclosures (P13), and what an export holds.</summary>
public sealed class DisclosureTests
{
    private const string Member = "mrn-4711", Other = "mrn-4712";
    private static readonly DateOnly Day = DateOnly.FromDateTime(Record.Start.UtcDateTime);

    [Fact]
    public async Task Accounting_ListsEachDisclosureOfThePersonAndNoOther_WithoutWhatIsSuspendedUntilThen()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        await DiscloseAsync([Member, Other], Day.AddDays(-2), "County health department");
        await DiscloseAsync([Member], Day.AddDays(-1), "Sheriff");
        await DiscloseAsync([Other], Day, "Auditors");
        await office.Disclosures.SuspendAsync(Member, "sheriff", Day.AddDays(10), "letter 12 of the sheriff", Office.Ada, CancellationToken.None);
        var id = await office.VerifiedAsync(RequestKinds.Disclosures, Member);

        Assert.Equal(["County health department"], await AccountedAsync(id));
        record.Time.Advance(TimeSpan.FromDays(9));
        Assert.Equal(["County health department"], await AccountedAsync(id));
        record.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(["County health department", "Sheriff"], await AccountedAsync(id));

        Task<long> DiscloseAsync(string[] members, DateOnly on, string recipient) => office.Disclosures.RecordAsync(new Disclosure(members, on, recipient, "dates of visits", "required by law"), Office.Ada, CancellationToken.None);

        async Task<IEnumerable<string?>> AccountedAsync(Guid request)
        {
            var file = await ExportAsync(office, request);
            Assert.Empty(file.GetProperty("access").EnumerateArray());
            return file.GetProperty("disclosures").EnumerateArray().Select(told => told.GetProperty("recipient").GetString());
        }
    }

    [Fact]
    public async Task Export_HoldsThePersonsOwnRecord_AndIsOnItWithItsDigest()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00e"), 0, 6, i => i % 2 == 0 ? Member : Other));
        await office.VerifiedAsync(RequestKinds.Correct, Member, "my name is spelt wrong");
        var id = await office.VerifiedAsync(RequestKinds.Access, Member);
        var file = await ExportAsync(office, id);

        Assert.Equal(Member, file.GetProperty("subject").GetString());
        Assert.Equal(["service-accessed", "service-accessed", "service-accessed"], file.GetProperty("access").EnumerateArray().Select(told => told.GetProperty("what").GetString()));
        Assert.Equal(["my name is spelt wrong"], file.GetProperty("preferences").EnumerateArray().Select(told => told.GetProperty("text").GetString()));
        Assert.Equal(JsonValueKind.Null, file.GetProperty("next").ValueKind);
        Assert.DoesNotContain(Other, file.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Office.Ada.User, file.GetRawText(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ExportAsync(Office office, Guid id)
    {
        var export = await office.Exports.ExportAsync(id, "the member", -1, Office.Ada, CancellationToken.None);
        var told = (Audit.ExportingSubjects.SubjectDataExported)(await office.StreamAsync(Member))[^1].Opened!.Event;
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(export.Json!)), "the member"), (told.Digest, told.Recipient));
        return JsonDocument.Parse(export.Json!).RootElement;
    }
}
