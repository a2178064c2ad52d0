using System.Net;
using System.Text;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Npgsql;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Choosing;

/// <summary>P0 DNT, P14: what a visitor chose, and what a browser signals.</summary>
public sealed class ChoicesTests
{
    [Fact]
    public async Task A_no_to_measurement_is_a_constant_cookie_and_events_with_it_are_dropped_with_nothing_kept()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var client = Browser(ingest);
        using var chosen = await client.PostAsync("/privacy/choices", Form("measurement=off"));
        Assert.Equal((HttpStatusCode.SeeOther, "/privacy/choices?saved"), (chosen.StatusCode, chosen.Headers.Location?.OriginalString));
        var cookie = Assert.Single(chosen.Headers.GetValues("Set-Cookie"));
        Assert.Equal("kp-measurement=off; max-age=34128000; path=/; samesite=lax; httponly", cookie);

        using var pixel = await SendAsync(client, "/b.gif?s=kp.org&p=/traced-page&r=https://traced.example/&e=traced-event", ("Cookie", "other=1; kp-measurement=off"), ("User-Agent", "TracedAgent"));
        Assert.Equal((HttpStatusCode.OK, "image/gif"), (pixel.StatusCode, pixel.Content.Headers.ContentType?.MediaType));
        // An opt-out lasts: each visit renews it.
        Assert.Equal(cookie, Assert.Single(pixel.Headers.GetValues("Set-Cookie")));
        using var unknown = await SendAsync(client, "/b.gif?s=nowhere&p=/traced-page", ("Cookie", "kp-measurement=off"));

        var groups = ingest.ReadTopic();
        var rows = groups.SelectMany(group => group.Rows).ToList();
        // Each site has a partition of its own, or not.
        Assert.Equal([null, "kp.org"], rows.Select(row => row.Site).Order(StringComparer.Ordinal));
        Assert.All(rows, row =>
        {
            Assert.Equal((Reason.OptedOut, "", "", "", "", "", EventFlags.Pixel), (row.Reason, row.Address, row.Agent, row.Path, row.Referrer, row.Event, row.Flags));
            Assert.Empty(row.SealedLine);
        });
        Assert.All(groups.Select(group => group.Body).OfType<byte[]>(), body => Assert.DoesNotContain("traced", Encoding.Latin1.GetString(body), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_yes_takes_the_no_back_and_what_is_not_named_stays()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var client = Browser(ingest);
        using var chosen = await client.PostAsync("/privacy/choices", Form("measurement=on&location=off"));
        var cookies = chosen.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(2, cookies.Count);
        Assert.StartsWith("kp-measurement=; expires=Thu, 01 Jan 1970", cookies[0], StringComparison.Ordinal);
        Assert.StartsWith("kp-location=off;", cookies[1], StringComparison.Ordinal);
        using var counted = await SendAsync(client, "/b.gif?s=kp.org&p=/", ("Cookie", "kp-measurement=on; kp-location=off; kp-retargeting=off"));
        Assert.Equal(Reason.None, Assert.Single(ingest.ReadTopic().SelectMany(group => group.Rows)).Reason);
    }

    [Theory]
    [InlineData("measurement=maybe", HttpStatusCode.BadRequest)]
    [InlineData("else=off", HttpStatusCode.BadRequest)]
    [InlineData("measurement=on&measurement=off", HttpStatusCode.BadRequest)]
    public async Task A_form_that_says_neither_is_refused(string form, HttpStatusCode status)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var client = Browser(ingest);
        using var refused = await client.PostAsync("/privacy/choices", Form(form));
        Assert.Equal(status, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Origin", "https://elsewhere.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "self", true)]
    public async Task Another_sites_page_does_not_choose_in_a_visitors_place(string header, string value, bool isTaken)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var client = Browser(ingest);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/privacy/choices") { Content = Form("measurement=on") };
        request.Headers.Add(header, value == "self" ? client.BaseAddress!.GetLeftPart(UriPartial.Authority) : value);
        using var response = await client.SendAsync(request);
        Assert.Equal(isTaken ? HttpStatusCode.SeeOther : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task The_page_needs_no_script_loads_nothing_and_shows_what_was_chosen()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var client = Browser(ingest);
        using var page = await SendAsync(client, "/privacy/choices?saved", ("Cookie", "kp-retargeting=off"), ("Sec-GPC", "1"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("""<html lang="en">""", html, StringComparison.Ordinal);
        Assert.Contains("""<p role="status">""", html, StringComparison.Ordinal);
        Assert.Contains("""name="retargeting" value="off" checked""", html, StringComparison.Ordinal);
        Assert.Contains("""name="measurement" value="on" checked""", html, StringComparison.Ordinal);
        Assert.Contains("sends Global Privacy Control: you are not shown our advertising", html, StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("DNT", "doNotTrack", "ignore", Reason.None)]
    [InlineData("DNT", "doNotTrack", "honour", Reason.OptedOut)]
    [InlineData("Sec-GPC", "globalPrivacyControl", "ignore", Reason.None)]
    [InlineData("Sec-GPC", "globalPrivacyControl", "re-targeting", Reason.None)]
    [InlineData("Sec-GPC", "globalPrivacyControl", "measurement", Reason.OptedOut)]
    public async Task A_signal_does_what_the_policy_in_force_says_and_the_decision_is_counted(string header, string key, string value, Reason reason)
    {
        await using var ingest = await IngestServer.StartAsync();
        await PublishedPolicy.PublishAsync(ingest, new DateOnly(2026, 1, 1), (key, value));
        using var client = Browser(ingest);
        using var signalled = await SendAsync(client, "/b.gif?s=kp.org&p=/", (header, "1"));
        using var silent = await SendAsync(client, "/b.gif?s=kp.org&p=/", (header, "0"));
        var rows = ingest.ReadTopic().SelectMany(group => group.Rows).ToList();
        Assert.Equal(reason == Reason.None ? 2 : 1, rows.Count(row => row.Reason == Reason.None));
        Assert.Equal(reason == Reason.None ? 0 : 1, rows.Count(row => row.Reason == Reason.OptedOut));
        Assert.All(rows, row => Assert.Equal("20260101", row.Policy));
        var metrics = await ingest.Client.GetStringAsync(new Uri(ingest.Operations, "/metrics"));
        var signal = header == "DNT" ? "do-not-track" : "global-privacy-control";
        Assert.Matches($$"""kp_ingest_signals_total\{[^}]*decision="{{value}}",signal="{{signal}}"\} 1|kp_ingest_signals_total\{[^}]*signal="{{signal}}",decision="{{value}}"\} 1""", metrics);
    }

    private static HttpClient Browser(IngestServer ingest) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = ingest.Client.BaseAddress };

    private static StringContent Form(string form) => new(form, Encoding.ASCII, "application/x-www-form-urlencoded");

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await client.SendAsync(request);
    }
}
