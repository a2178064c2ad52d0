using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.Schemas.Policies;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>The policy by API: shown, checked, published once with notice, and on the record.</summary>
public sealed class PolicyTests(RunningService service) : IClassFixture<RunningService>
{
    private DateOnly Today => DateOnly.FromDateTime(service.Time.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task Policy_IsShownWithEveryKey()
    {
        using var client = service.Client(Roles.Analyst, "policy-shown");
        var shown = (await client.GetFromJsonAsync<JsonElement>("/api/v1/policy")).GetProperty("inForce");
        Assert.Equal(("20170913", "2017-09-13"), (shown.GetProperty("revision").GetString(), shown.GetProperty("effectiveFrom").GetString()));
        Assert.Equal(PolicyKeys.All.Select(key => key.Name).Order(), shown.GetProperty("document").GetProperty("values").EnumerateObject().Select(value => value.Name).Order());
    }

    [Fact]
    public async Task Publishing_WithoutNotice_OrTooShort_OrInThePast_IsRefusedAndNothingIsRecorded()
    {
        using var client = service.Client(Roles.Privacy, "policy-refused");
        await AssertRefusedAsync(client, Document(Today, Today.AddDays(1)), "the notice is too short");
        await AssertRefusedAsync(client, Document(Today, Today.AddDays(29)), "the notice is too short");
        await AssertRefusedAsync(client, Document(Today, Today), "effectiveFrom lies in the past");
        await AssertRefusedAsync(client, Document(Today.AddDays(-40), Today.AddDays(1)), "noticeFrom lies before today");
        await AssertRefusedAsync(client, PolicyBook.BuiltIn.Document, "a revision 20170913 is published already");
        await AssertRefusedAsync(client, Document(Today, Today.AddDays(400), ("k", 1)), "values.k must be a whole number");
        await AssertRefusedAsync(client, new string(' ', PolicyDocument.MostCharacters + 1), "the document has more than");
        Assert.Empty(await service.LinesOfAsync("policy-refused"));
        Assert.Equal(0L, await service.Database.CreateCommand($"select count(*) from kp.policies where effective_from = '{Today.AddDays(400):yyyy-MM-dd}'").ExecuteScalarAsync());
    }

    [Fact]
    public async Task Publishing_WithNotice_IsStoredToTheCharacterAndRecordedOnce_AndComes()
    {
        // Further away than what other tests try, since revisions follow each other.
        var document = Document(Today, Today.AddDays(900), ("k", 20), ("rawDays", 30));
        using var client = service.Client(Roles.Privacy, "policy-published");
        using var check = await client.PostAsync("/api/v1/policy/check", Body(document));
        var told = await check.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Empty(told.GetProperty("refusals").EnumerateArray());
        Assert.Equal(["k stricter", "rawDays laxer"], told.GetProperty("changes").EnumerateArray().Select(change => $"{change.GetProperty("key").GetString()} {change.GetProperty("direction").GetString()}"));

        using var published = await client.PostAsync("/api/v1/policy", Body(document));
        Assert.Equal(HttpStatusCode.OK, published.StatusCode);
        await AssertRefusedAsync(client, document, $"a revision {Today.AddDays(900):yyyyMMdd} is published already");
        await AssertRefusedAsync(client, Document(Today, Today.AddDays(899)), "it must take effect after");
        Assert.Equal(document, await service.Database.CreateCommand($"select document from kp.policies where revision = '{Today.AddDays(900):yyyyMMdd}'").ExecuteScalarAsync());
        Assert.Equal(["staff-queried", "policy-published"], (await service.LinesOfAsync("policy-published")).Select(line => line.Kind));
        var coming = (await client.GetFromJsonAsync<JsonElement>("/api/v1/policy")).GetProperty("coming");
        Assert.Contains(coming.EnumerateArray(), revision => revision.GetProperty("revision").GetString() == $"{Today.AddDays(900):yyyyMMdd}");
    }

    private static async Task AssertRefusedAsync(HttpClient client, string document, string problem)
    {
        using var refused = await client.PostAsync("/api/v1/policy", Body(document));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.StartsWith(problem, (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("problems").EnumerateArray().First().GetString(), StringComparison.Ordinal);
    }

    private static StringContent Body(string document) => new(document, Encoding.UTF8, "application/json");

    private static string Document(DateOnly notice, DateOnly effective, params (string Key, int Value)[] values)
    {
        var document = JsonNode.Parse(PolicyBook.BuiltIn.Document)!;
        (document["revision"], document["noticeFrom"], document["effectiveFrom"]) = (PolicyRevision.NameOf(effective), $"{notice:yyyy-MM-dd}", $"{effective:yyyy-MM-dd}");
        foreach (var (key, value) in values)
            document["values"]![key] = value;
        return document.ToJsonString();
    }
}
