using System.Net;
using System.Text;
using KpTelemetry.Ingest.Tests.Services;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Authorising;

public sealed class IngestKeysTests
{
    [Fact]
    public async Task Without_a_key_a_program_on_this_machine_may_send_and_a_page_in_its_browser_may_not()
    {
        await using var ingest = await IngestServer.StartAsync(environment: ("KP_ALLOW_LOOPBACK", "1"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ingest));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, ("Sec-Fetch-Site", "none")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, ("Origin", "https://elsewhere.example")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(ingest, ("Authorization", "Bearer wrong")));
    }

    private static async Task<HttpStatusCode> StatusAsync(IngestServer ingest, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = ingest.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs?site=sample")
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes("192.0.2.7 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 203 \"-\" \"Mozilla\"\n")),
        };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
