using System.Net;
using System.Text.Json;
using KpTelemetry.QueryApi.Access;
using Xunit;

namespace KpTelemetry.Service.Tests;

public sealed class ExportTests(RunningService service)
{
    [Theory]
    [InlineData("format=fhir", "legal", "recipient")]
    [InlineData("format=fhir&recipient=", "legal", "recipient")]
    [InlineData("format=csv&recipient=regulator", null, "X-Purpose-Of-Use")]
    [InlineData("format=csv&recipient=regulator", "because", "X-Purpose-Of-Use")]
    [InlineData("recipient=regulator", "legal", "format")]
    [InlineData("format=csv&recipient=regulator&from=soon", "legal", "from and to")]
    [InlineData("format=csv&recipient=regulator&kind=gossip", "legal", "kind")]
    public async Task Export_WithoutRecipientPurposeOrForm_IsRefusedInWords(string query, string? purpose, string expected)
    {
        using var answer = await AskAsync("export-refused", query, purpose);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_IsWhole_AndOnTheRecordOnceWithRecipientAndPurpose()
    {
        for (var i = 0; i < 3; i++)
        {
            using var read = await service.Client(Roles.Security, "exported-user").GetAsync(new Uri("/api/v1/audit/events?limit=1", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }

        using var answer = await AskAsync("exporter", "format=fhir&recipient=regulator&kind=staff-queried", "legal");
        Assert.Equal("application/fhir+ndjson", answer.Content.Headers.ContentType?.MediaType);
        var resources = (await answer.Content.ReadAsStringAsync()).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(3, resources.Count(resource => resource.GetProperty("agent")[0].GetProperty("who").GetProperty("identifier").GetProperty("value").GetString() == "exported-user"));
        var line = Assert.Single(await service.LinesOfAsync("exporter"));
        Assert.Equal(("legal", "/api/v1/audit/export"), (line.Purpose, line.Resource));
        Assert.Contains("recipient=regulator", line.Query, StringComparison.Ordinal);

        using var csv = await AskAsync("exporter", "format=csv&recipient=regulator", "legal");
        Assert.StartsWith("index,kind,at,", await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await service.LinesOfAsync("exporter")).Count);
    }

    private async Task<HttpResponseMessage> AskAsync(string user, string query, string? purpose)
    {
        using var client = service.Client(Roles.Security, user);
        if (purpose is not null)
            client.DefaultRequestHeaders.Add("X-Purpose-Of-Use", purpose);
        return await client.GetAsync(new Uri($"/api/v1/audit/export?{query}", UriKind.Relative));
    }
}
